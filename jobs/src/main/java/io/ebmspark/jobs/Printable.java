package io.ebmspark.jobs;

import io.ebmspark.spark.data.Names;
import java.util.Locale;

/** Text of a table, such as the names of its columns, as a terminal shows it on one line. */
final class Printable {
  private Printable() {}

  /**
   * The same text, with an escape as in Java for each character that would end the line, move the
   * cursor, or turn the order of those after it around.
   */
  static String of(String text) {
    StringBuilder shown = new StringBuilder();
    text.chars().forEach(c -> append((char) c, shown));
    return shown.toString();
  }

  private static void append(char c, StringBuilder shown) {
    switch (c) {
      case '\n' -> shown.append("\\n");
      case '\r' -> shown.append("\\r");
      case '\t' -> shown.append("\\t");
      default -> {
        if (isShown(c)) {
          shown.append(c);
        } else {
          shown.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
        }
      }
    }
  }

  private static boolean isShown(char c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
      default -> !Names.turnsAround(c);
    };
  }
}
