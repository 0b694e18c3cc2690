package io.ebmspark.core.settings;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A parsed YAML or JSON file (JSON is YAML) in which every value knows its line. Parsing makes
 * strings, lists and mappings, nothing else: tags and aliases are rejected.
 */
public final class SettingsTree {
  /**
   * A value, or an entry of a list, that begins with a star, as patterns of columns do. YAML would
   * take it for an alias, which is not supported here.
   */
  private static final Pattern STAR =
      Pattern.compile("(^\\s*|[\\[,]\\s*)(\\*[^\\s,\\]\"'}]*)(?=\\s*(?:$|[,\\]]))");

  private final SettingsNode.Mapping root;

  private SettingsTree(SettingsNode.Mapping root) {
    this.root = root;
  }

  SettingsNode.Mapping root() {
    return root;
  }

  /**
   * Parses a file's text.
   *
   * @param source the name problems are reported under
   * @throws SettingsException if it is not YAML, or not a mapping
   */
  public static SettingsTree parse(String source, String text) {
    SettingsNode node = node(source, text);
    if (node instanceof SettingsNode.Absent) {
      return new SettingsTree(new SettingsNode.Mapping(source + ":1", Map.of()));
    }
    if (node instanceof SettingsNode.Mapping mapping) {
      return new SettingsTree(mapping);
    }
    throw failure(node.place(), "", "must be a mapping of settings, got " + node.describe());
  }

  /** Parses any value; its place is {@code source:line}. */
  static SettingsNode node(String source, String text) {
    LoaderOptions options = new LoaderOptions();
    options.setMaxAliasesForCollections(0);
    options.setNestingDepthLimit(40);
    options.setCodePointLimit(256 << 20);
    try {
      Node composed = new Yaml(options).compose(new StringReader(text));
      List<Problem> problems = new ArrayList<>();
      SettingsNode node =
          composed == null
              ? new SettingsNode.Absent(source + ":1")
              : convert(source, composed, "", problems);
      if (!problems.isEmpty()) {
        throw new SettingsException(problems);
      }
      return node;
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark();
      String place = source + ":" + (mark == null ? 1 : mark.getLine() + 1);
      String problem = String.valueOf(e.getProblem());
      boolean alias = (problem + e.getContext()).contains("alias");
      throw failure(
          place,
          "",
          "is not YAML: " + problem + (alias ? "; text that begins with * needs quotes" : ""));
    } catch (org.yaml.snakeyaml.error.YAMLException e) {
      String said = String.valueOf(e.getMessage());
      throw failure(
          source,
          "",
          said.contains("Number of aliases")
              ? "repeats a block by an alias, such as *name, which is not supported; write it out"
              : "is not YAML: " + said);
    }
  }

  private static SettingsNode convert(
      String source, Node node, String path, List<Problem> problems) {
    String place = source + ":" + (node.getStartMark().getLine() + 1);
    if (!node.getTag().startsWith(Tag.PREFIX) || node.getTag().getValue().contains("java")) {
      problems.add(new Problem(place, path, "has the tag " + node.getTag() + "; remove it"));
      return new SettingsNode.Absent(place);
    }
    if (node instanceof MappingNode mapping) {
      Map<String, SettingsNode> entries = new LinkedHashMap<>();
      for (NodeTuple tuple : mapping.getValue()) {
        String key =
            tuple.getKeyNode() instanceof ScalarNode scalar
                ? scalar.getValue()
                : tuple.getKeyNode().toString();
        SettingsNode value = convert(source, tuple.getValueNode(), child(path, key), problems);
        if (entries.put(key, value) != null) {
          int line = tuple.getKeyNode().getStartMark().getLine() + 1;
          problems.add(new Problem(source + ":" + line, child(path, key), "is set twice"));
        }
      }
      return new SettingsNode.Mapping(place, entries);
    }
    if (node instanceof SequenceNode sequence) {
      List<SettingsNode> items = new ArrayList<>();
      for (Node item : sequence.getValue()) {
        items.add(convert(source, item, child(path, "" + items.size()), problems));
      }
      return new SettingsNode.Sequence(place, items);
    }
    ScalarNode scalar = (ScalarNode) node;
    boolean quoted = scalar.getScalarStyle() != DumperOptions.ScalarStyle.PLAIN;
    if (!quoted && node.getTag().equals(Tag.NULL)) {
      return new SettingsNode.Absent(place);
    }
    return new SettingsNode.Scalar(place, scalar.getValue(), quoted);
  }

  /**
   * This tree with one value replaced or added.
   *
   * @param assignment {@code path.to.setting=value}, the value in YAML; a number in the path is an
   *     index of a list
   */
  public SettingsTree with(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw failure("--set " + assignment, "", "must look like path.to.setting=value");
    }
    String path = assignment.substring(0, equals).trim();
    return with("--set " + path, path, assignment.substring(equals + 1));
  }

  /**
   * This tree with one value replaced or added.
   *
   * @param place what problems are reported under
   * @param path as in {@code path.to.setting}; a number is an index of a list
   * @param yaml the value
   */
  public SettingsTree with(String place, String path, String yaml) {
    SettingsNode value = moved(node(place, STAR.matcher(yaml).replaceAll("$1'$2'")), place);
    List<String> keys = List.of(path.split("\\.", -1));
    return new SettingsTree((SettingsNode.Mapping) replaced(root, keys, 0, value, place));
  }

  private static SettingsNode replaced(
      SettingsNode node, List<String> keys, int depth, SettingsNode value, String place) {
    if (depth == keys.size()) {
      return value;
    }
    String key = keys.get(depth);
    if (node instanceof SettingsNode.Sequence sequence) {
      List<SettingsNode> items = new ArrayList<>(sequence.items());
      if (!key.matches("\\d{1,6}") || Integer.parseInt(key) >= items.size()) {
        throw failure(
            place, "", "names entry '" + key + "' of a list with " + items.size() + " entries");
      }
      int index = Integer.parseInt(key);
      items.set(index, replaced(items.get(index), keys, depth + 1, value, place));
      return new SettingsNode.Sequence(sequence.place(), items);
    }
    Map<String, SettingsNode> entries = new LinkedHashMap<>();
    String where = place;
    if (node instanceof SettingsNode.Mapping mapping) {
      entries.putAll(mapping.entries());
      where = mapping.place();
    }
    SettingsNode old = entries.getOrDefault(key, new SettingsNode.Absent(place));
    entries.put(key, replaced(old, keys, depth + 1, value, place));
    return new SettingsNode.Mapping(where, entries);
  }

  /** The same node, with one place for all of it. */
  static SettingsNode moved(SettingsNode node, String place) {
    if (node instanceof SettingsNode.Mapping mapping) {
      Map<String, SettingsNode> entries = new LinkedHashMap<>();
      mapping.entries().forEach((key, value) -> entries.put(key, moved(value, place)));
      return new SettingsNode.Mapping(place, entries);
    } else if (node instanceof SettingsNode.Sequence sequence) {
      return new SettingsNode.Sequence(
          place, sequence.items().stream().map(item -> moved(item, place)).toList());
    } else if (node instanceof SettingsNode.Scalar scalar) {
      return new SettingsNode.Scalar(place, scalar.text(), scalar.quoted());
    }
    return new SettingsNode.Absent(place);
  }

  static String child(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static SettingsException failure(String place, String path, String message) {
    return new SettingsException(List.of(new Problem(place, path, message)));
  }
}
