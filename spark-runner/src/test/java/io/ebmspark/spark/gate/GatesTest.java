package io.ebmspark.spark.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.evaluate.Evaluated;
import io.ebmspark.spark.evaluate.EvaluationRows;
import io.ebmspark.spark.evaluate.EvaluationSettings;
import io.ebmspark.spark.evaluate.Evaluator;
import io.ebmspark.spark.evaluate.GaussianModels;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Candidates with known densities against a champion that is the density of its rows. */
class GatesTest {
  private static final FeatureScaling IDENTITY = FeatureScaling.identity(2);
  private static final double[][] TRUTH = {{1, 0.9}, {0.9, 1}};
  private static final Model CHAMPION = GaussianModels.of(TRUTH, IDENTITY);
  private static final float[] ROWS = rows(2_000, 1);
  private static final float[] KEPT = rows(2_000, 2);

  private static float[] rows(int count, long seed) {
    float[] rows = GaussianModels.normals(count, new double[2], new double[] {1, 1}, seed);
    for (int i = 0; i < rows.length; i += 2) {
      rows[i + 1] = (float) (0.9 * rows[i] + Math.sqrt(0.19) * rows[i + 1]);
    }
    return rows;
  }

  private static Evaluated evaluated(Model model, float[] rows) {
    EvaluationSettings settings =
        GaussianModels.bind("{parts: [objective, ranking]}", EvaluationSettings.class);
    return new Evaluator(Sessions.shared(), settings)
        .evaluate("m", model, EvaluationRows.of(rows, IDENTITY));
  }

  private static Map<String, Judgement> judge(String settings, Model candidate, float[] rows) {
    return byName(
        Gates.judge(
            GaussianModels.bind(settings, GateSettings.class),
            0.05,
            candidate,
            evaluated(candidate, rows),
            Optional.of(new Gates.Champion(CHAMPION, evaluated(CHAMPION, rows), KEPT, true))));
  }

  private static Map<String, Judgement> byName(List<Judgement> judgements) {
    return judgements.stream().collect(Collectors.toMap(Judgement::name, Function.identity()));
  }

  private static List<String> failed(Map<String, Judgement> judgements) {
    return judgements.values().stream()
        .filter(each -> each.status() == Status.FAILED)
        .map(Judgement::name)
        .sorted()
        .toList();
  }

  @Test
  void aCandidateLikeTheChampionPassesInOtherUnitsToo() {
    Map<String, Judgement> same = judge("{}", CHAMPION, ROWS);
    assertThat(failed(same)).isEmpty();
    assertThat(same.get("rankCorrelation").value()).contains(1.0);
    assertThat(same.get("objective").value()).contains(0.0);
    assertThat(same.get("alertRate").value().orElseThrow()).isCloseTo(0.05, within(0.03));
    assertThat(same.get("samples").status()).isEqualTo(Status.SKIPPED);
    // The same density in units of its own.
    Model moved =
        GaussianModels.of(
            new Gaussian(List.of(-2.0, 0.5), List.of(List.of(0.25, 0.9), List.of(0.9, 4.0))),
            GaussianModels.units(4, -0.25, 2, 0.5),
            "exact-score-matching");
    Map<String, Judgement> units = judge("{}", moved, ROWS);
    assertThat(failed(units)).isEmpty();
    assertThat(units.get("rankCorrelation").value().orElseThrow()).isGreaterThan(0.999);
    assertThat(units.get("objective").value().orElseThrow()).isCloseTo(0, within(1e-3));
  }

  /** The correlation of the columns is lost or reversed. */
  @Test
  void aWorseCandidateIsRefusedByWhatItIsWorseAt() {
    Model blind = GaussianModels.of(new double[][] {{1, 0}, {0, 1}}, IDENTITY);
    Map<String, Judgement> found = judge("{}", blind, ROWS);
    assertThat(failed(found)).contains("auroc", "averagePrecision");
    Judgement auroc = found.get("auroc");
    assertThat(auroc.value().orElseThrow()).isGreaterThan(auroc.limit().orElseThrow());
    assertThat(auroc.message())
        .startsWith("AUROC of 2000 corrupted rows 0.")
        .contains("lower by 0.");
    Model reversed = GaussianModels.of(new double[][] {{1, -0.9}, {-0.9, 1}}, IDENTITY);
    assertThat(failed(judge("{}", reversed, ROWS)))
        .contains("auroc", "averagePrecision", "objective");
    // Far away, energies rise along one direction only.
    Model away =
        GaussianModels.of(
            new Gaussian(List.of(9.0, 9.0), List.of(List.of(1.0, 0.0), List.of(0.0, 1.0))),
            IDENTITY,
            "exact-score-matching");
    assertThat(failed(judge("{}", away, ROWS))).contains("rankCorrelation");
    assertThat(Gates.pass(List.copyOf(judge("{}", reversed, ROWS).values()))).isFalse();
  }

  /** Trained on rows that have moved by two deviations, which it considers usual. */
  @Test
  void aCandidateOfOtherRowsIsRefusedByTheRowsKept() {
    float[] moved = ROWS.clone();
    for (int i = 0; i < moved.length; i += 2) {
      moved[i] += 2;
    }
    Model ofMoved =
        GaussianModels.of(
            new Gaussian(List.of(2.0, 0.0), List.of(List.of(1.0, 0.9), List.of(0.9, 1.0))),
            IDENTITY,
            "exact-score-matching");
    Map<String, Judgement> found = judge("{}", ofMoved, moved);
    assertThat(failed(found)).contains("alertRate", "meanEnergy");
    assertThat(found.get("objective").status()).isEqualTo(Status.PASSED);
    assertThat(found.get("alertRate").message()).contains("2000 rows stored with the champion");
    // A tenth of new rows that the champion alarms at, whatever the candidate makes of them.
    float[] poisoned = ROWS.clone();
    for (int i = 0; i < poisoned.length; i += 20) {
      poisoned[i] += 6;
    }
    Map<String, Judgement> poison = judge("{alertRate: {limit: 2}}", CHAMPION, poisoned);
    assertThat(failed(poison)).contains("alertRate");
    // .05 of the others and all of the tenth.
    assertThat(poison.get("alertRate").value().orElseThrow()).isCloseTo(0.145, within(0.02));
  }

  /** Among rows three times as wide, none of those kept is unusual. */
  @Test
  void tooFewAlarmsAreToldWithTheLimitTheyAreBelow() {
    float[] wide = ROWS.clone();
    for (int i = 0; i < wide.length; i++) {
      wide[i] *= 3;
    }
    Judgement told = judge("{deviations: 1}", CHAMPION, wide).get("alertRate");
    assertThat(told.status()).isEqualTo(Status.FAILED);
    assertThat(told.value().orElseThrow()).isLessThan(told.limit().orElseThrow());
    assertThat(told.limit().orElseThrow()).isBetween(0.005, 0.05 / 3);
  }

  @Test
  void differencesWithinTheNoiseDoNotCount() {
    Model nearly = GaussianModels.of(new double[][] {{1.02, 0.91}, {0.91, 1.01}}, IDENTITY);
    String strict =
        "{objective: {limit: 0}, auroc: {limit: 0}, averagePrecision: {limit: 0},"
            + " meanEnergy: {limit: 0}}";
    Map<String, Judgement> passed = judge(strict, nearly, rows(300, 5));
    assertThat(failed(passed)).isEmpty();
    // The limit told is the one that decided, so none that passes is beyond it.
    for (String name : List.of("objective", "auroc", "averagePrecision", "meanEnergy")) {
      Judgement told = passed.get(name);
      assertThat(told.limit().orElseThrow())
          .as(name)
          .isGreaterThanOrEqualTo(told.value().orElseThrow());
    }
    assertThat(passed.get("rankCorrelation").limit().orElseThrow()).isBetween(0.0, 0.7999);
    // The control: without an allowance for noise the same is refused.
    assertThat(failed(judge("{deviations: 0, meanEnergy: {limit: 0}}", nearly, rows(300, 5))))
        .contains("meanEnergy");
  }

  @Test
  void withoutAChampionOnlyTheCandidateItselfIsJudged() {
    List<Judgement> found =
        Gates.judge(
            GateSettings.defaults(), 0.05, CHAMPION, evaluated(CHAMPION, ROWS), Optional.empty());
    assertThat(found)
        .extracting(Judgement::name)
        .containsExactly(
            "finite",
            "objective",
            "meanEnergy",
            "alertRate",
            "rankCorrelation",
            "auroc",
            "averagePrecision",
            "samples",
            "chains");
    assertThat(found.get(0).status()).isEqualTo(Status.PASSED);
    assertThat(found.subList(1, 7))
        .allMatch(each -> each.status() == Status.SKIPPED)
        .allMatch(each -> each.message().equals("there is no champion yet to compare with"));
    assertThat(Gates.pass(found)).isTrue();
  }

  /** Nothing shows that such a candidate is no worse than the champion. */
  @Test
  void aCandidateThatCannotBeComparedIsRefused() {
    Map<String, Judgement> found =
        byName(
            Gates.judgeAlone(
                GaussianModels.bind(
                    "{auroc: {action: off}, objective: {action: warn}}", GateSettings.class),
                0.05,
                CHAMPION,
                evaluated(CHAMPION, ROWS),
                "other features"));
    assertThat(found.get("finite").status()).isEqualTo(Status.PASSED);
    assertThat(found.get("auroc").status()).isEqualTo(Status.SKIPPED);
    assertThat(found.get("objective").status()).isEqualTo(Status.WARNED);
    assertThat(failed(found)).contains("meanEnergy", "alertRate", "rankCorrelation");
    assertThat(found.get("meanEnergy").message()).isEqualTo("other features");
  }

  @Test
  void numbersThatAreNotFiniteAreRefused() {
    Model broken = new Model(CHAMPION.config(), new float[] {});
    float[] far = ROWS.clone();
    far[0] = 1e30f;
    Map<String, Judgement> found = judge("{}", broken, far);
    assertThat(found.get("finite").status()).isEqualTo(Status.FAILED);
    assertThat(found.get("finite").value()).contains(1.0);
    assertThat(judge("{finite: {action: warn}}", broken, far).get("finite").status())
        .isEqualTo(Status.WARNED);
    assertThat(judge("{finite: {action: off}}", broken, far).get("finite").status())
        .isEqualTo(Status.SKIPPED);
  }

  /**
   * Losses and distances have other units then, and the rows kept other inputs; ranks have none.
   */
  @Test
  void aChampionWithOtherInputsIsComparedByRanks() {
    Model reversed = GaussianModels.of(new double[][] {{1, -0.9}, {-0.9, 1}}, IDENTITY);
    Map<String, Judgement> found =
        byName(
            Gates.judge(
                GateSettings.defaults(),
                0.05,
                reversed,
                evaluated(reversed, ROWS),
                Optional.of(new Gates.Champion(CHAMPION, evaluated(CHAMPION, ROWS), KEPT, false))));
    assertThat(failed(found)).containsExactly("auroc", "averagePrecision", "rankCorrelation");
    assertThat(List.of("objective", "meanEnergy", "alertRate"))
        .allSatisfy(
            name -> {
              assertThat(found.get(name).status()).isEqualTo(Status.SKIPPED);
              assertThat(found.get(name).message()).contains("learnt other values");
            });
    assertThat(found.get("samples").message()).isEqualTo("the gate is off");
  }

  @Test
  void gatesThatAreOffJudgeNothingAndWarningsPass() {
    Model reversed = GaussianModels.of(new double[][] {{1, -0.9}, {-0.9, 1}}, IDENTITY);
    String yaml =
        "{objective: {action: warn}, rankCorrelation: {action: off}, meanEnergy: {action: warn},"
            + " alertRate: {action: warn}, auroc: {action: off}, averagePrecision: {action: off}}";
    Map<String, Judgement> found = judge(yaml, reversed, ROWS);
    assertThat(failed(found)).isEmpty();
    assertThat(found.get("objective").status()).isEqualTo(Status.WARNED);
    assertThat(found.get("auroc").status()).isEqualTo(Status.SKIPPED);
    assertThat(found.get("auroc").message()).isEqualTo("the gate is off");
    Map<String, Judgement> few =
        byName(
            Gates.judge(
                GateSettings.defaults(),
                0.05,
                CHAMPION,
                evaluated(CHAMPION, ROWS),
                Optional.of(
                    new Gates.Champion(CHAMPION, evaluated(CHAMPION, ROWS), new float[8], true))));
    assertThat(few.get("alertRate").status()).isEqualTo(Status.SKIPPED);
    assertThat(few.get("alertRate").message()).startsWith("4 rows are stored");
  }
}
