package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.ColumnSettings;
import io.ebmspark.spark.data.ColumnSettings.Use;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.encoding.Calendar;
import io.ebmspark.spark.data.encoding.Categorical;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.encoding.Frequency;
import io.ebmspark.spark.data.encoding.Numeric;
import io.ebmspark.spark.data.shards.LevelCounts.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What is to be made of a column whose values were counted. Which values those are is known from
 * all rows; how common they are is taken from the rows that are trained on.
 *
 * @param isCategory whether it is a category, or else a frequency
 * @param levels the values it tells apart, the commonest first
 * @param others the commonest values of a category beside these
 * @param different how many different values there were
 */
public record LevelPlan(
    ColumnKind kind, boolean isCategory, List<String> levels, List<String> others, long different) {
  /** A category may have so many times the values that get an input, or … */
  private static final int FEW_TIMES = 5;

  /** … values of which those that do are in this share of the rows. */
  private static final double MOST_ROWS = 0.8;

  private static final int OTHERS = 100;

  /** A group of rare values is not blown up beyond this: they stay a few units from the others. */
  private static final double LEAST_SCALE = 0.25;

  static LevelPlan of(ColumnKind kind, LevelCounts found, ColumnSettings column) {
    boolean isCategory =
        column.as() == Use.CATEGORY
            || (column.as() != Use.FREQUENCY
                && (found.different() <= (long) FEW_TIMES * column.levels()
                    || found.share(column.levels()) >= MOST_ROWS));
    List<String> names = found.commonest().stream().map((Level level) -> level.name).toList();
    int own = isCategory ? Math.min(column.levels(), names.size()) : names.size();
    List<String> others = names.subList(own, Math.min(names.size(), own + OTHERS));
    return new LevelPlan(
        kind,
        isCategory,
        List.copyOf(names.subList(0, own)),
        List.copyOf(others),
        found.different());
  }

  /**
   * An encoding and the scaling of its inputs.
   *
   * @param mean of each input over the training rows
   * @param scale what each is divided by, less its mean, under standard scaling
   */
  record Scaled(Encoding encoding, double[] mean, double[] scale) {}

  /** The encoding, by the rows of each level, of other values, and without one. */
  Scaled encoding(long[] rows) {
    return isCategory ? category(rows) : frequency(rows);
  }

  /**
   * One scale for the whole group keeps its values equally far from each other; it is the root of
   * the inputs' summed variances, {@code 1 − Σp²}, so that the group varies as one column does.
   */
  private Scaled category(long[] rows) {
    List<String> own = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    long other = rows[levels.size()];
    for (int i = 0; i < levels.size(); i++) {
      // A value that only rows held out have is as new as one to come.
      if (rows[i] > 0 || (own.isEmpty() && i == levels.size() - 1)) {
        own.add(levels.get(i));
        counts.add(rows[i]);
      }
    }
    long missing = rows[levels.size() + 1];
    counts.add(other);
    if (missing > 0) {
      counts.add(missing);
    }
    Categorical encoding = new Categorical(kind, own, other > 0 ? others : List.of(), missing > 0);
    double all = Math.max(1, Arrays.stream(rows).sum());
    double[] mean = counts.stream().mapToDouble(count -> count / all).toArray();
    double squares = Arrays.stream(mean).map(p -> p * p).sum();
    double[] scale = new double[mean.length];
    Arrays.fill(scale, Math.max(LEAST_SCALE, Math.sqrt(Math.max(0, 1 - squares))));
    return new Scaled(encoding, mean, scale);
  }

  private Scaled frequency(long[] rows) {
    // The commonest in training first, as decoding needs it; of equal ones as before.
    List<Integer> order =
        IntStream.range(0, levels.size())
            .boxed()
            .sorted((a, b) -> Long.compare(rows[b], rows[a]))
            .toList();
    long different = this.different - levels.size();
    long other = rows[levels.size()];
    long missing = rows[levels.size() + 1];
    Frequency encoding =
        new Frequency(
            kind,
            order.stream().map(levels::get).toList(),
            order.stream().map(i -> rows[i]).toList(),
            different > 0 ? (double) other / different : 0,
            missing,
            Arrays.stream(rows).sum());
    double mean = 0;
    double squares = 0;
    double all = Math.max(1, encoding.rows());
    for (int pass = 0; pass < 2; pass++) {
      double sum = 0;
      for (int i = 0; i < rows.length; i++) {
        double count = i == levels.size() ? encoding.others() : rows[i];
        double input = encoding.input(count);
        sum += rows[i] / all * (pass == 0 ? input : (input - mean) * (input - mean));
      }
      mean = pass == 0 ? sum : mean;
      squares = sum;
    }
    double deviation = Math.sqrt(squares);
    return new Scaled(
        encoding,
        new double[] {mean},
        new double[] {deviation > 0 ? Math.max(LEAST_SCALE, deviation) : 1});
  }

  /** An input that tells whether a value is missing, of a share of the rows. */
  static double indicatorScale(double share) {
    return Math.max(LEAST_SCALE, Math.sqrt(share * (1 - share)));
  }

  /** What becomes of the column, after its name. */
  String describe() {
    if (!isCategory) {
      return "by the frequency of its " + different + " values";
    }
    return levels.size() == different
        ? "as " + Names.count(different, "level")
        : "as the "
            + levels.size()
            + " commonest of "
            + different
            + " levels, and another for others";
  }

  /** What the user is told of a column that was not counted. */
  static Optional<String> describe(String name, Encoding encoding) {
    if (encoding instanceof Calendar) {
      return Optional.of(name + " as a date");
    }
    if (encoding instanceof Numeric numeric && numeric.unit() > 0) {
      return Optional.of(name + " as its logarithm, from " + (float) numeric.unit() + " up");
    }
    return Optional.empty();
  }
}
