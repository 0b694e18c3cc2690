package io.ebmspark.spark.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.Sum;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.train.ClusterSession;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An evaluation is the same to the bit on one core and on four, of one part and of many. */
class EvaluationBitsTest {
  private static final FeatureScaling UNITS = GaussianModels.units(0, 0, 1, 1);
  private static final Energy ENERGY =
      new Sum(List.of(new Mlp(List.of(16, 16), Activation.SILU), new Harmonic(1)));

  @AfterEach
  void stop() {
    ClusterSession.stop();
  }

  private static Model model() {
    Model model = GaussianModels.of(ENERGY, UNITS, "denoising-score-matching, noise: 0.3");
    return new Model(model.config(), ENERGY.parameters(2).initialise(3));
  }

  private static Evaluated evaluate(SparkSession spark, int parts, long seed) {
    Dataset<Row> table =
        spark
            .range(700)
            .selectExpr("sin(id) AS c0", "cos(1.7 * id) * sin(id) AS c1", "int(id % 10 = 0) AS odd")
            .repartition(parts);
    Evaluator evaluator =
        new Evaluator(
            spark,
            GaussianModels.bind(
                "{sampleRows: 60, chains: 20, distributions: 20, seed: " + seed + "}",
                EvaluationSettings.class));
    EvaluationTable rows =
        EvaluationTable.of(
            table,
            Sample.table("others").settings().source(),
            model(),
            new EvaluationTable.Choice(Optional.of("odd"), MissingValues.ERROR, true, 500));
    return evaluator.evaluate("m", model(), rows.rows());
  }

  @Tag("long")
  @Test
  void coresAndPartsChangeNoBit() {
    Evaluated four = evaluate(ClusterSession.start("local[4]", Map.of()), 7, 0);
    ClusterSession.stop();
    SparkSession spark = ClusterSession.start("local[1]", Map.of());
    Evaluated one = evaluate(spark, 3, 0);
    assertThat(SettingsWriter.toJson(one.evaluation()))
        .isEqualTo(SettingsWriter.toJson(four.evaluation()))
        .contains("averagePrecision", "slicedWasserstein", "logLikelihood", "rHat");
    assertThat(one.energies()).containsExactly(four.energies());
    assertThat(one.losses()).containsExactly(four.losses()).hasSize(500);
    assertThat(one.drawn()).containsExactly(four.drawn()).hasSize(120);
    assertThat(one.notices()).isEqualTo(four.notices());
    // Another seed draws other rows: the control.
    assertThat(evaluate(spark, 1, 1).drawn()).isNotEqualTo(four.drawn());
  }
}
