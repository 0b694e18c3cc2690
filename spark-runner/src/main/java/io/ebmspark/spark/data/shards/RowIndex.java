package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.features.ColumnChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Finds features that are probably row numbers, which a pattern picks up but which tell a model
 * nothing, from the statistics that the one pass over the rows collects anyway.
 */
final class RowIndex {
  private static final Set<String> NAMES =
      Set.of("id", "index", "idx", "_c0", "row", "row_id", "row_number", "rownum", "unnamed: 0");
  private static final Set<String> WHOLE = Set.of("tinyint", "smallint", "int", "bigint");

  /** Fewer rows may hold consecutive numbers by chance. */
  private static final long LEAST_ROWS = 20;

  private RowIndex() {}

  /** A warning for each feature that looks like one. */
  static List<String> warnings(ColumnChoice choice, Moments found) {
    List<String> warnings = new ArrayList<>();
    if (choice.features().isArray()) {
      return warnings;
    }
    List<String> columns = choice.features().columns();
    for (int i = 0; i < columns.size(); i++) {
      String column = columns.get(i);
      // A date is a feature since a setting says so; of one row a day they are consecutive too.
      boolean isNumber = choice.features().kind(column) == ColumnKind.NUMBER;
      if (!isNumber || !choice.byPattern().contains(column)) {
        continue;
      }
      boolean named =
          NAMES.contains(column.toLowerCase(Locale.ROOT))
              && WHOLE.contains(choice.features().types().get(column))
              && found.max[i] - found.min[i] >= found.present[i] - 1;
      if (named || isConsecutive(found, i)) {
        warnings.add(
            "feature "
                + column
                + " looks like a row number ("
                + (isConsecutive(found, i) ? "consecutive whole numbers" : "by its name")
                + "); if it is, set data.exclude: ["
                + column
                + "]");
      }
    }
    return warnings;
  }

  /**
   * Whether the values are n, n+1, …, n+N−1, each once, judged by their range, mean and variance:
   * (N²−1)/12 is the smallest variance of N distinct whole numbers.
   */
  private static boolean isConsecutive(Moments found, int i) {
    double count = found.present[i];
    double middle = (found.min[i] + found.max[i]) / 2;
    double variance = (count * count - 1) / 12;
    return count >= LEAST_ROWS
        && found.min[i] == Math.rint(found.min[i])
        && found.max[i] - found.min[i] == count - 1
        && Math.abs(found.mean[i] - middle) <= 1e-9 * (Math.abs(middle) + count)
        && Math.abs(found.squares[i] / count - variance) <= 1e-7 * variance;
  }
}
