package io.ebmspark.spark.score;

import io.ebmspark.spark.data.StoredType;
import io.ebmspark.spark.data.encoding.Categorical;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.encoding.Frequency;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.model.FeatureSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.AccumulatorV2;

/**
 * How many rows have values that their model does not tell apart, by column; counted while they are
 * scored. A task that Spark repeats counts its rows again, so that only shares mean something.
 */
final class OtherValues extends AccumulatorV2<Integer, OtherValues> {
  private static final long serialVersionUID = 1;

  /** Fewer rows may be of one kind by chance. */
  private static final long FEWEST_ROWS = 30;

  /** More rows than this have other values, … */
  private static final double MOST = 0.5;

  /** … where no more than this share of the training rows had. */
  private static final double FEW_IN_TRAINING = 0.1;

  private final long[] counts;
  private long rows;

  OtherValues(int columns) {
    this.counts = new long[columns];
  }

  void countRow() {
    rows++;
  }

  /** Counts another value of a column. */
  @Override
  public void add(Integer column) {
    counts[column]++;
  }

  /**
   * A sentence for each column whose values have changed altogether.
   *
   * @param table the schema of the rows
   */
  List<String> notices(FeatureSettings features, StructType table) {
    List<String> columns = features.features().columns();
    List<String> notices = new ArrayList<>();
    for (int i = 0; i < counts.length && rows >= FEWEST_ROWS; i++) {
      double share = (double) counts[i] / rows;
      if (share > MOST && inTraining(features, i) <= FEW_IN_TRAINING) {
        String name = columns.get(i);
        notices.add(
            name
                + ": "
                + Math.round(100 * share)
                + " % of the rows hold a value that hardly any training row held"
                + changedType(name, features, table));
      }
    }
    return notices;
  }

  /** The share of the training rows that had other values in a column; 1 if none is other. */
  private static double inTraining(FeatureSettings features, int column) {
    List<String> columns = features.features().columns();
    Encoding encoding = features.encodings().get(columns.get(column));
    if (encoding instanceof Categorical category) {
      // The mean of an input that is 1 for other values, and 0 else.
      int first = RowEncoder.places(columns, features.encodings())[column];
      return features.means()[first + category.levels().size()];
    }
    if (encoding instanceof Frequency frequency) {
      long known = frequency.counts().stream().mapToLong(Long::longValue).sum();
      return 1 - (double) (known + frequency.missing()) / frequency.rows();
    }
    return 1;
  }

  private static String changedType(String name, FeatureSettings features, StructType table) {
    String before = features.features().types().get(name);
    if (before == null || !Arrays.asList(table.fieldNames()).contains(name)) {
      return "";
    }
    String now = StoredType.of(table.apply(name).dataType());
    return now.equals(before) ? "" : " (the column is " + now + ", was " + before + ")";
  }

  @Override
  public void merge(AccumulatorV2<Integer, OtherValues> other) {
    OtherValues more = other.value();
    rows += more.rows;
    for (int i = 0; i < counts.length; i++) {
      counts[i] += more.counts[i];
    }
  }

  @Override
  public boolean isZero() {
    return rows == 0;
  }

  @Override
  public OtherValues copy() {
    OtherValues copy = new OtherValues(counts.length);
    copy.merge(this);
    return copy;
  }

  @Override
  public void reset() {
    rows = 0;
    Arrays.fill(counts, 0);
  }

  @Override
  public OtherValues value() {
    return this;
  }
}
