package io.ebmspark.spark.data;

import io.ebmspark.core.settings.Suggestion;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.util.QuotingUtils;
import org.apache.spark.sql.internal.SQLConf;

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

  /**
   * The known column that Spark takes a name for: in whatever case it is written, unless the
   * session tells cases apart. A column added under that name replaces it.
   */
  public static Optional<String> columnOf(String name, Collection<String> known) {
    boolean exact = SQLConf.get().caseSensitiveAnalysis();
    return known.stream()
        .filter(column -> exact ? column.equals(name) : column.equalsIgnoreCase(name))
        .findFirst();
  }

  /** The place of each name; to look for one after the other in a list of many takes too long. */
  public static Map<String, Integer> places(List<String> names) {
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      places.put(names.get(i), i);
    }
    return places;
  }

  /** The name as SQL takes it: in backticks if it holds anything but letters, digits and _. */
  public static String inSql(String name) {
    return QuotingUtils.quoteIfNeeded(name);
  }

  /** The first few items, and how many more there are. */
  public static String list(List<String> items) {
    return list(items, LISTED);
  }

  /** The first items, and how many more there are. */
  public static String list(List<String> items, int most) {
    return items.size() <= most
        ? String.join(", ", items)
        : String.join(", ", items.subList(0, most)) + " and " + (items.size() - most) + " more";
  }

  /** Whether a character shows those after it in an order of its own: a number backwards. */
  public static boolean turnsAround(int point) {
    return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  }

  /** {@code 1 row}, {@code 2 rows}. */
  public static String count(long n, String noun) {
    return n + " " + noun + (n == 1 ? "" : "s");
  }
}
