package io.ebmspark.spark.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.evaluation.Auroc;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.random.NormalQuantile;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.record.Evaluation;
import io.ebmspark.spark.record.Measured;
import io.ebmspark.spark.record.SampleDistance;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** Evaluations of known densities, whose numbers are closed forms. */
class EvaluatorTest {
  private static final SparkSession SPARK = Sessions.shared();
  private static final FeatureScaling IDENTITY = FeatureScaling.identity(2);

  private static Evaluator evaluator(String yaml) {
    return new Evaluator(SPARK, GaussianModels.bind(yaml, EvaluationSettings.class));
  }

  private static Evaluated evaluate(String yaml, Model model, EvaluationRows rows) {
    return evaluator(yaml).evaluate("m", model, rows);
  }

  private static void isWithin(Measured found, double known, double errors) {
    assertThat(found.value())
        .isCloseTo(known, within(errors * found.standardError().orElseThrow()));
  }

  /** Of N(0, diag(v)) rows: the loss is −½Σ1/vᵢ, the mean energy d/2. */
  @Test
  void noAlarmsAmongFewRowsAreNoCertainty() {
    Measured none = Statistics.share(0, 372);
    assertThat(none.value()).isZero();
    // 2 of 376, by hand.
    assertThat(none.standardError().orElseThrow()).isCloseTo(0.003751, within(1e-6));
    assertThat(Statistics.share(100, 10_000).standardError().orElseThrow())
        .isCloseTo(Math.sqrt(.01 * .99 / 10_000), within(2e-5));
  }

  @Test
  void lossAndEnergyAreTheirClosedForms() {
    Model model = GaussianModels.of(new double[][] {{2, 0}, {0, 0.5}}, IDENTITY);
    // E is ½χ² of two degrees, an exponential variable: beyond log 10 lies a tenth.
    float[] quantiles = new float[9_999];
    for (int i = 0; i < quantiles.length; i++) {
      quantiles[i] = (float) -Math.log((i + 1) / 10_000.0);
    }
    Model calibrated =
        new Model(model.config(), model.parameters(), Optional.of(Calibration.of(quantiles)));
    double[] deviations = {Math.sqrt(2), Math.sqrt(0.5)};
    for (long seed = 0; seed < 3; seed++) {
      float[] rows = GaussianModels.normals(4_000, new double[2], deviations, seed);
      Evaluation found =
          evaluator("{parts: objective, falsePositiveRate: 0.1}")
              .evaluate("m", calibrated, EvaluationRows.of(rows, IDENTITY))
              .evaluation();
      isWithin(found.objective().orElseThrow(), -1.25, 4.5);
      // The best Gaussian is fitted to these same rows, and so is slightly better.
      assertThat(found.gaussian().orElseThrow()).isCloseTo(-1.25, within(0.1));
      isWithin(found.meanEnergy(), 1, 4.5);
      isWithin(found.alertRate().orElseThrow(), 0.1, 4.5);
      assertThat(found.rows()).isEqualTo(4_000);
      assertThat(found.auroc()).isEmpty();
      assertThat(found.chains()).isEmpty();
      // A model of another covariance is worse, by far more than the noise: the control.
      Evaluation other =
          evaluate(
                  "{parts: objective}",
                  GaussianModels.of(new double[][] {{1, 0}, {0, 1}}, IDENTITY),
                  EvaluationRows.of(rows, IDENTITY))
              .evaluation();
      assertThat(other.objective().orElseThrow().value()).isGreaterThan(-1);
    }
  }

  /** For E = ½x², rows N(0,1), anomalies N(δ,1): Φ² + (1−Φ)² at Φ(δ/√2). */
  @Test
  void areaOfLabelledAnomaliesIsItsClosedForm() {
    FeatureScaling one = FeatureScaling.identity(1);
    Model model = GaussianModels.of(new double[][] {{1}}, one);
    double phi = 0.92135; // Φ(√2), δ = 2
    assertThat(NormalQuantile.at(phi)).isCloseTo(Math.sqrt(2), within(1e-4));
    for (long seed = 0; seed < 3; seed++) {
      float[] usual = GaussianModels.normals(3_000, new double[1], new double[] {1}, 2 * seed);
      float[] odd = GaussianModels.normals(300, new double[] {2}, new double[] {1}, 2 * seed + 1);
      Evaluation found =
          evaluate("{parts: ranking}", model, new EvaluationRows(usual, odd, one)).evaluation();
      isWithin(found.auroc().orElseThrow(), phi * phi + (1 - phi) * (1 - phi), 4.5);
      assertThat(found.anomalies()).contains("label");
      assertThat(found.ranked()).contains("300 labelled anomalies");
      assertThat(found.averagePrecision().orElseThrow().value()).isBetween(0.4, 0.95);
    }
  }

  /** Corruption breaks the dependence between columns, and nothing else. */
  @Test
  void corruptedRowsAreSeenByAModelThatKnowsTheCovariance() {
    double rho = 0.95;
    float[] rows = GaussianModels.normals(2_000, new double[2], new double[] {1, 1}, 5);
    for (int i = 0; i < rows.length; i += 2) {
      rows[i + 1] = (float) (rho * rows[i] + Math.sqrt(1 - rho * rho) * rows[i + 1]);
    }
    EvaluationRows held = EvaluationRows.of(rows, IDENTITY);
    Model knows = GaussianModels.of(new double[][] {{1, rho}, {rho, 1}}, IDENTITY);
    Evaluation found = evaluate("{parts: ranking}", knows, held).evaluation();
    assertThat(found.anomalies()).contains("corrupted");
    assertThat(found.ranked()).contains("2000 corrupted rows");
    assertThat(found.auroc().orElseThrow().value()).isGreaterThan(0.8);
    // The control: corruption changes nothing for independent columns.
    float[] apart = GaussianModels.normals(2_000, new double[2], new double[] {1, 1}, 5);
    Evaluation blind =
        evaluate("{parts: ranking}", knows, EvaluationRows.of(apart, IDENTITY)).evaluation();
    isWithin(blind.auroc().orElseThrow(), 0.5, 4.5);
  }

  /** A model in other units gives the same results for the same rows, in the rows' units. */
  @Test
  void unitsOfTheModelDoNotMatter() {
    FeatureScaling other = GaussianModels.units(3, -1, 10, 0.2);
    Model model = GaussianModels.of(new double[][] {{2, 0.5}, {0.5, 0.5}}, IDENTITY);
    // The same density, where a row z of the identity's is (z − offset)/scale: another mean too.
    double[][] covariance = {{2.0 / 100, 0.5 / 2}, {0.5 / 2, 0.5 / 0.04}};
    Model same =
        GaussianModels.of(
            new io.ebmspark.core.energy.Gaussian(
                java.util.List.of(-0.3, 5.0),
                java.util.List.of(
                    java.util.List.of(covariance[0][0], covariance[0][1]),
                    java.util.List.of(covariance[1][0], covariance[1][1]))),
            other,
            "exact-score-matching");
    float[] rows = GaussianModels.normals(500, new double[2], new double[] {1.4, 0.7}, 1);
    String parts = "{parts: [objective, ranking]}";
    Evaluated plain = evaluate(parts, model, EvaluationRows.of(rows, IDENTITY));
    Evaluated moved = evaluate(parts, same, EvaluationRows.of(rows, IDENTITY));
    for (int i = 0; i < 500; i++) {
      assertThat(moved.losses()[i])
          .isCloseTo(plain.losses()[i], within(1e-3 * (1 + Math.abs(plain.losses()[i]))));
      assertThat(moved.energies()[i])
          .isCloseTo(plain.energies()[i], within(1e-3f * (1 + plain.energies()[i])));
    }
    assertThat(Auroc.of(plain.energies(), moved.energies())).isCloseTo(0.5, within(1e-3));
    // In units ten and a fifth as large, losses are others: the control.
    Evaluated inOthers = evaluate(parts, model, EvaluationRows.of(rows, IDENTITY).in(other));
    assertThat(inOthers.evaluation().auroc().orElseThrow().value())
        .isCloseTo(plain.evaluation().auroc().orElseThrow().value(), within(1e-3));
    assertThat(inOthers.losses()[0]).isNotCloseTo(plain.losses()[0], within(0.1));
  }

  /** −½Σzᵢ² − log 2π − ½ log det Σ in the rows' units, whatever the model's. */
  @Test
  void drawnRowsAreNearAndTheLikelihoodIsBounded() {
    FeatureScaling rowUnits = GaussianModels.units(0, 0, 2, 0.5);
    Model model = GaussianModels.of(new double[][] {{1, 0}, {0, 1}}, IDENTITY);
    float[] rows = GaussianModels.normals(600, new double[2], new double[] {0.5, 2}, 1);
    double squares = 0;
    for (int i = 0; i < rows.length; i++) {
      double z = rows[i] * (i % 2 == 0 ? 2 : 0.5);
      squares += z * z;
    }
    double known = -squares / 2 / 600 - Math.log(2 * Math.PI);
    Evaluated found =
        evaluate(
            "{parts: [samples, likelihood], distributions: 60, chains: 100, sampleRows: 300}",
            model,
            EvaluationRows.of(rows, rowUnits));
    assertThat(found.notices()).hasSize(1); // of the alert rate
    var bounds = found.evaluation().logLikelihood().orElseThrow();
    assertThat(bounds.lower()).isLessThan(known + 4 * bounds.standardError());
    assertThat(bounds.upper()).isGreaterThan(known - 4 * bounds.standardError());
    assertThat(bounds.upper() - bounds.lower()).isCloseTo(0, within(1.0));
    assertThat(found.drawn()).hasSize(600);
    SampleDistance sliced = found.evaluation().distances().get("slicedWasserstein");
    assertThat(sliced.value()).isLessThan(3 * sliced.floor().orElseThrow());
    assertThat(found.evaluation().chains().orElseThrow().rHat().orElseThrow())
        .isCloseTo(1, within(0.1));
    // A model twice as wide draws rows that are far: the control.
    Model wide = GaussianModels.of(new double[][] {{4, 0}, {0, 4}}, IDENTITY);
    SampleDistance far =
        evaluate("{parts: samples, sampleRows: 300}", wide, EvaluationRows.of(rows, rowUnits))
            .evaluation()
            .distances()
            .get("slicedWasserstein");
    assertThat(far.value()).isGreaterThan(3 * far.floor().orElseThrow());
  }

  @Test
  void whatCannotBeComputedIsLeftOutAndSaid() {
    float[] rows = GaussianModels.normals(50, new double[2], new double[] {1, 1}, 1);
    Model chains = GaussianModels.of(new Harmonic(1), IDENTITY, "contrastive-divergence, steps: 2");
    Evaluated found =
        evaluate(
            "{parts: [objective, likelihood], widestLikelihood: 1}",
            chains,
            EvaluationRows.of(rows, IDENTITY));
    assertThat(found.evaluation().objective()).isEmpty();
    assertThat(found.evaluation().logLikelihood()).isEmpty();
    assertThat(found.notices())
        .hasSize(3)
        .anyMatch(notice -> notice.contains("needs 99 rows held out"))
        .anyMatch(notice -> notice.contains("set evaluation.objective"))
        .anyMatch(notice -> notice.contains("widestLikelihood 1"));
    String given = "{parts: objective, objective: {kind: exact-score-matching}}";
    assertThat(evaluate(given, chains, EvaluationRows.of(rows, IDENTITY)).losses()).hasSize(50);

    rows[0] = 1e30f;
    Evaluated overflowing =
        evaluate(
            "{parts: [objective, ranking]}",
            GaussianModels.of(new double[][] {{1, 0}, {0, 1}}, IDENTITY),
            EvaluationRows.of(rows, IDENTITY));
    assertThat(overflowing.notices()).anyMatch(notice -> notice.startsWith("1 of 50 rows"));
    assertThat(overflowing.evaluation().meanEnergy().value()).isFinite();
    assertThat(overflowing.evaluation().objective()).isEmpty();
    FeatureScaling one = FeatureScaling.identity(1);
    assertThatThrownBy(() -> evaluate("{}", chains, EvaluationRows.of(new float[] {1, 2}, one)))
        .hasMessageContaining("width 1");
  }
}
