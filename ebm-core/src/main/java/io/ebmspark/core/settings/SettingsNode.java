package io.ebmspark.core.settings;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A piece of a settings file that knows its place in it. */
sealed interface SettingsNode {
  /** {@code file:line}, or the {@code --set} it came with. */
  String place();

  /** What it is, for messages. */
  String describe();

  /** Keys and what they are set to, in the order of the file. */
  record Mapping(String place, Map<String, SettingsNode> entries) implements SettingsNode {
    public Mapping {
      entries = new LinkedHashMap<>(entries);
    }

    @Override
    public String describe() {
      return "a mapping with the keys " + entries.keySet();
    }
  }

  /** A list. */
  record Sequence(String place, List<SettingsNode> items) implements SettingsNode {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String describe() {
      return "a list of " + items.size();
    }
  }

  /**
   * A single value as it was written.
   *
   * @param quoted whether it was quoted, and so is text whatever it looks like
   */
  record Scalar(String place, String text, boolean quoted) implements SettingsNode {
    @Override
    public String describe() {
      return "'" + text + "'";
    }
  }

  /** Nothing: an empty value, or {@code null}. */
  record Absent(String place) implements SettingsNode {
    @Override
    public String describe() {
      return "nothing";
    }
  }
}
