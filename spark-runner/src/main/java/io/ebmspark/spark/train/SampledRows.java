package io.ebmspark.spark.train;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.training.LossComparison;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * A sample of the rows trained on, on the driver: what a trained energy is measured by.
 *
 * @param rows packed row-major, in the model's units
 * @param indices the rows' places in the whole table
 * @param shape of one row
 */
public record SampledRows(float[] rows, long[] indices, long[] shape) {
  /** So that wide rows, too, are measured in moderate time and memory. */
  private static final long MOST_VALUES = 2_000_000;

  /** Every n-th row of a table. */
  public static SampledRows of(ShardedTable table) {
    int width = Shapes.width(table.shape());
    long most = Math.max(1, Math.min(LossComparison.MOST_ROWS, MOST_VALUES / width));
    EveryNth sample = EveryNth.atMost(most, table);
    float[] rows = sample.in(table.shards());
    long[] indices =
        LongStream.range(0, rows.length / width).map(i -> i * sample.stride()).toArray();
    return new SampledRows(rows, indices, table.shape());
  }

  /**
   * Compares a trained energy's loss with reference losses.
   *
   * @return empty if the objective's loss cannot be compared
   */
  public Optional<LossComparison> compare(
      Energy energy, TrainingSettings settings, TrainingState state) {
    return LossComparison.of(energy, shape, settings, state.average(), rows, indices);
  }

  /**
   * A trained vector completed by what is measured rather than trained ({@link Energy#settle}), on
   * every n-th row: at least as many as the energy asks for, and less than twice as many.
   */
  public static float[] settled(ShardedTable table, Energy energy, float[] trained) {
    long asked = energy.rowsToSettle();
    if (asked == 0) {
      return trained;
    }
    EveryNth sample = EveryNth.atMost(2 * asked, table);
    return energy.settle(trained, sample.in(table.shards()), table.shape());
  }
}
