package io.ebmspark.core.training;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Energy;
import java.util.List;
import java.util.Optional;

/**
 * Training on one machine, without Spark: the reference for the distributed trainer, and enough for
 * a small table.
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
    return train(energy, shape, settings, shards, listener, Optional.empty());
  }

  /**
   * As above, continuing from where another run ended.
   *
   * @param start as {@link Trainer} takes it
   */
  public static TrainingState train(
      Energy energy,
      long[] shape,
      TrainingSettings settings,
      List<RowBlock> shards,
      TrainingListener listener,
      Optional<TrainingState> start) {
    return train(energy, shape, settings, shards, listener, start, Optional.empty());
  }

  /**
   * The same with validation rows.
   *
   * @param validation as {@link Trainer} takes it
   */
  public static TrainingState train(
      Energy energy,
      long[] shape,
      TrainingSettings settings,
      List<RowBlock> shards,
      TrainingListener listener,
      Optional<TrainingState> start,
      Optional<Validation> validation) {
    long rows = shards.stream().mapToLong(RowBlock::rows).sum();
    GradientWorker worker = new GradientWorker(energy, shape, settings, rows);
    try (LocalGradients gradients = new LocalGradients(worker, shards, 1)) {
      return new Trainer(energy, shape, settings, start, validation)
          .train(gradients, worker.plan(), listener);
    }
  }
}
