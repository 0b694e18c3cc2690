package io.ebmspark.spark.train;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.spark.ProcessCache;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.SentEnergy;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * The energies of the training rows under a trained energy: of all rows, or of every n-th where
 * there are more than a million. The canonical order is random, so every n-th row is a fair sample.
 */
public final class TrainingEnergies {
  private static final long MOST_ROWS = 1_000_000;

  private TrainingEnergies() {}

  /** Computes them on the cluster. */
  public static EnergyPercentiles of(
      ShardedTable table, Energy energy, float[] parameters, long steps) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(table.shards().context());
    context.setJobDescription("energies of the training rows");
    EveryNth sample = EveryNth.atMost(MOST_ROWS, table);
    SentEnergy trained = new SentEnergy(energy, table.shape(), parameters);
    Broadcast<SentEnergy> sent = context.broadcast(trained);
    try {
      float[] all =
          EveryNth.joined(
              table.shards().map(block -> energies(sample.of(block), sent.value())).collect());
      for (float value : all) {
        if (!Float.isFinite(value)) {
          throw DivergedException.ofTraining(steps, "the trained energy is " + value + " on a row");
        }
      }
      return EnergyPercentiles.of(all);
    } finally {
      sent.destroy();
      trained.release();
      context.setJobDescription(null);
    }
  }

  private static float[] energies(float[] rows, SentEnergy energy) {
    try (ProcessCache.Lease<RowEnergies> open = energy.open()) {
      return open.value().energies(rows);
    }
  }
}
