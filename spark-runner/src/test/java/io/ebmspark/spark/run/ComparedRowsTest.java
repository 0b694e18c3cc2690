package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.HeldOutRows;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.Provenance;
import io.ebmspark.spark.model.SamplingSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class ComparedRowsTest {
  private static final SparkSession SPARK = Sessions.shared();

  private static <R extends Record> R bind(String yaml, Class<R> type) {
    return SettingsBinder.bind(SettingsTree.parse("job", yaml), type);
  }

  /** A champion of which so large a share of all rows was held out. */
  private static Incumbent champion(ShardedTable table, RetrainJob job, Optional<Double> share) {
    ModelConfig config =
        new ModelConfig(
            ModelConfig.FORMAT,
            new Gaussian(List.of(0.0), List.of(List.of(1.0))),
            List.of(1L),
            FeatureSettings.of(table, MissingValues.DROP),
            1,
            bind("{steps: 1}", TrainingSettings.class),
            new SamplingSettings(Optional.empty(), 10, StartNoise.NORMAL, 1),
            job.data(),
            new Provenance("", Map.of(), table.rows(), table.fingerprint(), 1, 0),
            new EnergyPercentiles(List.of(0.0, 1.0)),
            "",
            share.map(of -> new HeldOutRows(10, of, "")),
            Optional.empty());
    return new Incumbent(null, null, new Model(config, new float[0]));
  }

  @Test
  void rowsThatWereHeldOutFromBothAreTakenOrAllWhereThereAreNone() {
    SPARK.sql("select double(id) as x from range(1000)").createOrReplaceTempView("night");
    RetrainJob job = bind("{name: m, data: {source: {table: night}}}", RetrainJob.class);
    List<String> notices = new ArrayList<>();
    RunRecorder recorder =
        new RunRecorder(
            "retrain",
            new RunListener() {
              @Override
              public void onNotice(String text) {
                notices.add(text);
              }
            });
    try (ShardedTable table = ShardedTable.load(SPARK, job.data(), 2)) {
      for (double share : new double[] {0.1, 0.05, 1e-9}) {
        ComparedRows rows =
            ComparedRows.of(
                job, table, Optional.of(champion(table, job, Optional.of(share))), 500, recorder);
        assertThat(rows.champions()).contains(rows.candidates());
        long expected = share == 0.05 ? shared(table, share) : table.heldOutRows();
        assertThat(rows.candidates().count()).isEqualTo((int) expected).isPositive();
      }
      ComparedRows.of(
          job, table, Optional.of(champion(table, job, Optional.empty())), 500, recorder);
      assertThat(notices)
          .hasSize(2)
          .allMatch(
              notice ->
                  notice.endsWith("held-out rows: it is judged too well")
                      || notice.endsWith("been trained on them: it is judged too well"));
    }
  }

  private static long shared(ShardedTable table, double share) {
    return table.heldOut(share).map(block -> (long) block.rows()).reduce(Long::sum);
  }
}
