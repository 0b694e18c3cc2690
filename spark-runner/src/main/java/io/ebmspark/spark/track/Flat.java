package io.ebmspark.spark.track;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.function.BiConsumer;

/** Trees of settings and findings as a tracking server has them: a name a value. */
final class Flat {
  private Flat() {}

  /** Each leaf with its path, in dots; a list is one leaf. */
  static void leaves(String path, JsonNode node, BiConsumer<String, JsonNode> leaf) {
    if (!node.isObject()) {
      leaf.accept(path, node);
      return;
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String name = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
      leaves(name, field.getValue(), leaf);
    }
  }
}
