package io.ebmspark.core.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The known name a mistaken one was probably meant to be. */
public final class Suggestion {
  private Suggestion() {}

  /** The nearest known name, if one is near: at most a third of the letters differ. */
  public static Optional<String> of(String mistaken, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt(name -> distance(mistaken, name)))
        .filter(name -> distance(mistaken, name) <= Math.max(2, mistaken.length() / 3));
  }

  /** {@code ; did you mean 'x'? (known: x, y)}, or only what is known. */
  static String text(String mistaken, Collection<String> known) {
    return of(mistaken, known).map(name -> "; did you mean '" + name + "'?").orElse(";")
        + " (known: "
        + String.join(", ", known)
        + ")";
  }

  /** Levenshtein distance, not minding case. */
  private static int distance(String a, String b) {
    String s = a.toLowerCase(Locale.ROOT);
    String t = b.toLowerCase(Locale.ROOT);
    int[] row = new int[t.length() + 1];
    for (int j = 0; j <= t.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= s.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= t.length(); j++) {
        int substituted = diagonal + (s.charAt(i - 1) == t.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[t.length()];
  }
}
