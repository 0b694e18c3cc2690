package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Suggestion;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/** Column names: patterns, near misses, lists in messages. */
public final class Names {
  private static final int LISTED = 5;

  private Names() {}

  public static boolean isPattern(String name) {
    return name.indexOf('*') >= 0;
  }

  /** The pattern's meaning: each {@code *} stands for any text, everything else for itself. */
  public static Pattern compile(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      regex.append(c == '*' ? ".*" : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  /** Whether a pattern matches any of these names. */
  public static boolean anyMatches(String pattern, Collection<String> names) {
    return names.stream().anyMatch(compile(pattern).asMatchPredicate());
  }

  /** The name, followed by the nearest known one if any is near. */
  public static String withSuggestion(String name, Collection<String> known) {
    return name + Suggestion.of(name, known).map(near -> " (is it " + near + "?)").orElse("");
  }

  /** The column's name as SQL has it: in backticks, unless it is a plain word. */
  public static String sql(String name) {
    return name.matches("[A-Za-z_][A-Za-z_0-9]*") ? name : "`" + name.replace("`", "``") + "`";
  }

  /** The first few items, and how many more there are. */
  public static String list(List<String> items) {
    if (items.size() <= LISTED) {
      return String.join(", ", items);
    }
    return String.join(", ", items.subList(0, LISTED))
        + " and "
        + (items.size() - LISTED)
        + " more";
  }

  /** {@code 1 row}, {@code 2 rows}. */
  public static String count(long n, String noun) {
    return n + " " + noun + (n == 1 ? "" : "s");
  }
}
