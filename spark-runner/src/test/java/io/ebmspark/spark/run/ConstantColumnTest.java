package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.score.ScoringSettings;
import io.ebmspark.spark.score.TableScorer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A column of one value, in a job of nothing but data and an output. */
class ConstantColumnTest {
  private static final SparkSession SPARK = Sessions.shared();
  @TempDir Path folder;

  @Test
  void anotherValueThanTheOnlyOneIsUnusual() {
    SPARK
        .sql("select double(id % 11) as x, false as cancelled from range(400)")
        .createOrReplaceTempView("constant");
    TrainJob job =
        SettingsBinder.bind(
            SettingsTree.parse(
                "job",
                "data: {source: {table: constant}}\ntraining: {steps: 200}\noutput: {model: %s}"
                    .formatted(folder.resolve("model"))),
            TrainJob.class);
    List<String> notices = new ArrayList<>();
    RunListener listener =
        new RunListener() {
          @Override
          public void onNotice(String notice) {
            notices.add(notice);
          }
        };
    Model model = new TrainingRun(SPARK, job, listener).train(() -> false);
    assertThat(notices)
        .contains(
            "one value only in cancelled, so that any other will be unusual; data.constantColumns:"
                + " drop leaves such columns out");
    try (TableScorer scorer =
        new TableScorer(SPARK, model, ScoringSettings.of(MissingValues.ERROR))) {
      Dataset<Row> rows = SPARK.table("constant");
      double usual = highest(scorer.score(rows), false);
      assertThat(highest(scorer.score(rows.selectExpr("x", "true as cancelled")), true))
          .isGreaterThan(usual);
    }
  }

  /** The highest energy, or the lowest. */
  private static double highest(Dataset<Row> scored, boolean orLowest) {
    List<Double> energies =
        scored.collectAsList().stream()
            .map(row -> row.getDouble(row.fieldIndex("energy")))
            .sorted()
            .toList();
    return energies.get(orLowest ? 0 : energies.size() - 1);
  }
}
