package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class UsualRowsTest {
  private static final Energy ENERGY = new Mlp(List.of(8), Activation.SILU);

  private static Set<List<Float>> rows(float[] packed) {
    Set<List<Float>> rows = new HashSet<>();
    for (int i = 0; i < packed.length; i += 2) {
      rows.add(List.of(packed[i], packed[i + 1]));
    }
    return rows;
  }

  @Test
  void theyAreRowsTrainedOnAndTheSameHoweverTheTableIsCut() {
    Dataset<Row> table =
        Sessions.shared().sql("select randn(1) as a, randn(2) as b from range(500)");
    DataSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse("data", "{source: {table: rows}}"), DataSettings.class);
    float[] parameters = ENERGY.parameters(2).initialise(3);
    Baselines first = null;
    for (int shards : new int[] {1, 3}) {
      try (ShardedTable sharded =
          ShardedTable.of(table.repartition(shards + 1), settings, shards)) {
        Baselines usual = UsualRows.of(sharded, ENERGY, parameters);
        Set<List<Float>> chosen = rows(usual.rows());
        assertThat(chosen).hasSize(usual.size()).hasSizeGreaterThan(40);
        EveryNth all = new EveryNth(1);
        assertThat(rows(all.in(sharded.shards()))).containsAll(chosen);
        assertThat(rows(all.in(sharded.heldOut())))
            .isNotEmpty()
            .doesNotContainAnyElementsOf(chosen);
        if (first != null) {
          assertThat(usual.rows()).isEqualTo(first.rows());
          assertThat(usual.grid()).isEqualTo(first.grid());
        }
        first = usual;
      }
    }
    assertThat(Objects.requireNonNull(first).grid(0)[0]).isLessThan(-1.5f);
  }
}
