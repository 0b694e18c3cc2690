package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.Features;
import java.util.List;
import java.util.stream.IntStream;

/** Checks that the shape, the units and the size of a table are fit to train a model on. */
final class TableChecks {
  /** The longest Java array, less the few words that some virtual machines reserve. */
  static final long LARGEST_SHARD = Integer.MAX_VALUE - 8L;

  private TableChecks() {}

  /** Rejects a shape that does not match the number of features. */
  static void checkShape(DataSettings settings, int width) {
    List<Integer> shape = settings.shape();
    if (!shape.isEmpty() && DataSettings.product(shape) != width) {
      throw new DataException(
          "data.shape "
              + shape
              + " holds "
              + (long) DataSettings.product(shape)
              + " values, but a row has "
              + Names.count(width, "feature")
              + "; correct data.shape or choose other features");
    }
  }

  /**
   * Rejects values that overflow in model units. They can only be in held-out rows, from which the
   * units are not computed, or in any row if the units were given.
   *
   * @param kept where the features of these units are in the table
   */
  static void checkUnits(Units units, TableSummary found, int[] kept) {
    RowEncoder encoder = units.encoder();
    float[] inputs = new float[encoder.inputs()];
    int[] first = RowEncoder.places(units.features(), units.encodings());
    boolean[] isFar = new boolean[kept.length];
    for (double[] row : List.of(found.all.min, found.all.max)) {
      encoder.encode(row, kept, inputs, 0); // no row of the table, but each column's extremes
      for (int i = 0; i < kept.length; i++) {
        isFar[i] |= found.all.present[kept[i]] > 0 && !Float.isFinite(inputs[first[i]]);
      }
    }
    List<String> far =
        IntStream.range(0, kept.length)
            .filter(i -> isFar[i])
            .mapToObj(units.features()::get)
            .toList();
    if (!far.isEmpty()) {
      throw new DataException(
          "values too far from all others to compute with in "
              + Names.list(far)
              + "; "
              + SourceSettings.LEAVE_OUT);
    }
  }

  /** Rejects shards too large for one array. */
  static void checkShardSizes(long[] rows, int width) {
    long largest = 0;
    for (long count : rows) {
      largest = Math.max(largest, count);
    }
    if (Math.multiplyHigh(largest, width) != 0 || largest * width > LARGEST_SHARD) {
      throw new DataException(
          "the largest of "
              + Names.count(rows.length, "shard")
              + " has "
              + Names.count(largest, "row")
              + " of "
              + Names.count(width, "value")
              + ", more than the "
              + LARGEST_SHARD
              + " values a shard can hold; raise training.shards");
    }
  }

  /** Whether an input that tells of a missing value has no place, as in an array or a shape. */
  static boolean hasFixedInputs(DataSettings settings, Features features) {
    return features.isArray() || !settings.shape().isEmpty();
  }
}
