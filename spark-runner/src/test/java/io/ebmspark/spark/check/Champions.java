package io.ebmspark.spark.check;

import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.Provenance;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.profile.TableScan;
import io.ebmspark.spark.train.ReferenceEnergies;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Models that need no training: the energy is half the squared distance from the mean. */
final class Champions {
  private Champions() {}

  static Champion of(Dataset<Row> rows, DataSettings data) {
    TrainingSettings training =
        SettingsBinder.bind(
            SettingsTree.parse(
                "training", "{objective: {kind: denoising-score-matching, noise: 1}, steps: 1}"),
            TrainingSettings.class);
    Harmonic energy = new Harmonic(1);
    try (ShardedTable table = ShardedTable.of(rows, data, 1)) {
      ReferenceEnergies reference = ReferenceEnergies.of(table, energy, new float[0], 1);
      ModelConfig config =
          new ModelConfig(
              ModelConfig.FORMAT,
              energy,
              Arrays.stream(table.shape()).boxed().toList(),
              FeatureSettings.of(table, data.missing()),
              1,
              training,
              SettingsBinder.bind(SettingsTree.parse("sampling", ""), SamplingSettings.class),
              data,
              new Provenance("", Map.of(), table.rows(), table.fingerprint(), 1, 0),
              reference.percentiles(),
              "");
      return new Champion(
          new Model(config, new float[0], reference.calibration()),
          Optional.of(TableScan.of(rows, data).profile()));
    }
  }
}
