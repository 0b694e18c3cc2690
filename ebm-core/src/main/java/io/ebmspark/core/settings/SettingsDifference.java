package io.ebmspark.core.settings;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The first place where two settings differ.
 *
 * @param path to the setting, as in {@code energy.hidden}
 * @param before its value in the one, as JSON; "nothing" where it is not set
 * @param after its value in the other
 */
public record SettingsDifference(String path, String before, String after) {
  /** What differs; empty where the two mean the same. */
  public static Optional<SettingsDifference> between(Record before, Record after) {
    return between("", SettingsWriter.tree(before), SettingsWriter.tree(after));
  }

  private static Optional<SettingsDifference> between(
      String path, JsonNode before, JsonNode after) {
    if (before.equals(after)) {
      return Optional.empty();
    }
    boolean sameKind =
        before.path("kind").equals(after.path("kind"))
            && before.path("class").equals(after.path("class"));
    if (before.isObject() && after.isObject() && sameKind) {
      Set<String> names = new LinkedHashSet<>();
      before.fieldNames().forEachRemaining(names::add);
      after.fieldNames().forEachRemaining(names::add);
      return names.stream()
          .map(name -> between(path(path, name), before.path(name), after.path(name)))
          .flatMap(Optional::stream)
          .findFirst();
    }
    return Optional.of(new SettingsDifference(path, text(before), text(after)));
  }

  private static String path(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static String text(JsonNode node) {
    return node.isMissingNode() ? "nothing" : node.toString().replace("\"", "");
  }
}
