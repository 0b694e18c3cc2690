package io.ebmspark.spark.train;

import ai.djl.Device;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.data.shards.ShardedTable;

/** The rows that a model keeps to compare others with: of those it was trained on. */
public final class UsualRows {
  /** A sample of more rows would take the driver longer, and choose none that are more usual. */
  private static final int MOST_ROWS = 4_096;

  private static final int MOST_VALUES = 1_000_000;

  private UsualRows() {}

  /** Chooses them among every n-th row; computed on the driver. */
  public static Baselines of(ShardedTable table, Energy energy, float[] parameters) {
    int width = table.scaling().width();
    int most = Math.max(1, Math.min(MOST_ROWS, MOST_VALUES / width));
    float[] rows = EveryNth.atMost(most, table).in(table.shards());
    try (RowEnergies open = new RowEnergies(energy, table.shape(), parameters, Device.cpu())) {
      return Baselines.of(rows, open.energies(rows), width);
    }
  }
}
