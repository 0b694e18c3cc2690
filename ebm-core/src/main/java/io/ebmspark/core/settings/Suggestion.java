package io.ebmspark.core.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The known name a mistaken one was probably meant to be. */
public final class Suggestion {
  private Suggestion() {}

  /**
   * The nearest known name, if one is near: at most a third of the letters differ, or one, and not
   * all.
   */
  public static Optional<String> of(String mistaken, Collection<String> known) {
    int most = Math.min(mistaken.length() - 1, Math.max(1, mistaken.length() / 3));
    return known.stream()
        .min(Comparator.comparingInt(name -> distance(mistaken, name)))
        .filter(name -> distance(mistaken, name) <= most);
  }

  /** {@code ; did you mean 'x'? (known: x, y)}, or only what is known. */
  static String text(String mistaken, Collection<String> known) {
    return of(mistaken, known).map(name -> "; did you mean '" + name + "'?").orElse(";")
        + " (known: "
        + String.join(", ", known)
        + ")";
  }

  /**
   * The least number of letters added, left out, replaced or swapped with the next, ignoring case.
   */
  private static int distance(String mistaken, String known) {
    String a = mistaken.toLowerCase(Locale.ROOT);
    String b = known.toLowerCase(Locale.ROOT);
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
