package io.ebmspark.core.training;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Energy;
import java.util.List;

/**
 * Training on one machine, without Spark: the oracle of the distributed runner, and all a small
 * table needs.
 */
public final class LocalTrainer {
  private LocalTrainer() {}

  /**
   * Trains an energy on rows in memory.
   *
   * @param shape the shape of one row
   * @param shards consecutive blocks of the rows, one or more
   */
  public static TrainingState train(
      Energy energy,
      long[] shape,
      TrainingSettings settings,
      List<RowBlock> shards,
      TrainingListener listener) {
    long rows = shards.stream().mapToLong(RowBlock::rows).sum();
    GradientWorker worker = new GradientWorker(energy, shape, settings, rows);
    try (LocalGradients gradients = new LocalGradients(worker, shards, 1)) {
      return new Trainer(energy, shape, settings).train(gradients, worker.plan(), listener);
    }
  }
}
