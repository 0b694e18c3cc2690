package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SampledRowsTest {
  private static final Mlp NETWORK = new Mlp(List.of(4), Activation.SILU);

  /** The last numbers of a settled vector but for one a row: the kept rows. */
  private static Set<List<Float>> kept(float[] settled, int neighbours) {
    Set<List<Float>> rows = new HashSet<>();
    int end = settled.length - neighbours;
    for (int i = end - 2 * neighbours; i < end; i += 2) {
      rows.add(List.of(settled[i], settled[i + 1]));
    }
    return rows;
  }

  /** As many rows as an energy is to keep are kept, where there are as many. */
  @Test
  void anEnergyIsSettledOnAsManyRowsAsItAsksFor() {
    DataSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse("data", "{source: {table: rows}}"), DataSettings.class);
    try (ShardedTable table =
        ShardedTable.of(
            Sessions.shared().sql("select randn(1) as a, randn(2) as b from range(5000)"),
            settings,
            3)) {
      for (int neighbours : new int[] {10, 3_000, 4_400}) {
        NoiseLevels energy = new NoiseLevels(NETWORK, List.of(0.5), neighbours, false);
        float[] fresh = energy.parameters(2).initialise(1);
        float[] settled = SampledRows.settled(table, energy, fresh);
        assertThat(settled).hasSize(energy.settled(2).size()).startsWith(fresh);
        assertThat(kept(settled, neighbours)).hasSize(neighbours);
      }
      float[] fresh = NETWORK.parameters(2).initialise(1);
      assertThat(SampledRows.settled(table, NETWORK, fresh)).isSameAs(fresh);
    }
  }
}
