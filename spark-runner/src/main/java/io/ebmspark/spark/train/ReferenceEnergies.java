package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.spark.ProcessCache;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.SentEnergy;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * What energies are compared with: those of the rows held out or, if there are none, those of the
 * rows trained on, which are lower than new rows'.
 *
 * @param calibration of the rows held out, if any
 */
public record ReferenceEnergies(EnergyPercentiles percentiles, Optional<Calibration> calibration) {
  /** More rows than this are represented by every n-th: the canonical order is random. */
  private static final long MOST_ROWS = 1_000_000;

  /**
   * Computes them on the cluster.
   *
   * @param steps done, for the message of an exception
   * @throws DivergedException if an energy is not finite
   */
  public static ReferenceEnergies of(
      ShardedTable table, Energy energy, float[] parameters, long steps) {
    if (table.heldOutRows() > 0) {
      float[] heldOut = energies(table.heldOut(), RowBlock::values, table, energy, parameters);
      check(heldOut, "a row held out", steps);
      return new ReferenceEnergies(
          EnergyPercentiles.of(heldOut.clone()), Optional.of(Calibration.of(heldOut)));
    }
    EveryNth sample = EveryNth.atMost(MOST_ROWS, table);
    float[] trained = energies(table.shards(), sample::of, table, energy, parameters);
    check(trained, "a row", steps);
    return new ReferenceEnergies(EnergyPercentiles.of(trained), Optional.empty());
  }

  private static float[] energies(
      JavaRDD<RowBlock> blocks,
      Function<RowBlock, float[]> rows,
      ShardedTable table,
      Energy energy,
      float[] parameters) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(blocks.context());
    context.setJobDescription("energies to compare with");
    SentEnergy trained = new SentEnergy(energy, table.shape(), parameters);
    Broadcast<SentEnergy> sent = context.broadcast(trained);
    try {
      return Vectors.joined(
          blocks.map(block -> energies(rows.call(block), sent.value())).collect());
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

  private static void check(float[] energies, String where, long steps) {
    for (float value : energies) {
      if (!Float.isFinite(value)) {
        throw DivergedException.ofTraining(
            steps, "the trained energy is " + value + " on " + where);
      }
    }
  }
}
