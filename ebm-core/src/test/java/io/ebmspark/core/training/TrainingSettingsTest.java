package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ebmspark.core.settings.Problem;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings that no training can use are rejected before any work. */
class TrainingSettingsTest {
  private static TrainingSettings bind(String yaml) {
    return SettingsBinder.bind(
        SettingsTree.parse("job.yaml", yaml.replace("; ", "\n")), TrainingSettings.class);
  }

  private static List<String> problems(String yaml) {
    SettingsException failure = catchThrowableOfType(SettingsException.class, () -> bind(yaml));
    assertThat(failure).as(yaml).isNotNull();
    return failure.problems().stream().map(Problem::toString).toList();
  }

  private static final String DSM = "objective: {kind: denoising-score-matching, noise: 0.3}; ";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "learningRate: -1 | learningRate must be positive, got -1",
        "learningRate: 0 | learningRate must be positive, got 0",
        "learningRate: {kind: linear, from: 1, to: -1, steps: 100} | learningRate must be positive"
            + " at every step, got -0.98 at step 99",
        "learningRate: {kind: cosine, from: 1, to: 0, steps: 50} | learningRate must be positive"
            + " at every step, got 0 at step 99",
        "learningRate: {kind: exponential, from: -1, factor: 0.5, minimum: -2} | learningRate must"
            + " be positive at every step, got -1 at step 0",
        "learningRate: {kind: multi-step, from: 1, factor: -0.5, milestones: [10, 20]} |"
            + " learningRate must be positive at every step, got -0.5 at step 10",
        "learningRate: {kind: warm-up, steps: 10, fraction: 0, then: 1} | learningRate must be"
            + " positive at every step, got 0 at step 0",
        "learningRate: {kind: warm-up, steps: 10, then: {kind: linear, from: 1, to: -1, steps:"
            + " 10}} | learningRate must be positive at every step, got -1 at step 99",
        "optimizer: {kind: sgd, momentum: 1} | optimizer.momentum must be in [0, 1), got 1.0",
        "optimizer: {kind: adam, beta1: -0.1} | optimizer.beta1 must be in [0, 1), got -0.1",
        "optimizer: {kind: adam-w, beta2: 1} | optimizer.beta2 must be in [0, 1), got 1.0",
        "optimizer: {kind: adam-w, weightDecay: -1} | optimizer.weightDecay must not be negative,"
            + " got -1",
        "optimizer: {kind: adam, epsilon: 0} | optimizer.epsilon must be positive, got 0",
        "gradientClip: 0 | gradientClip must be positive, got 0",
        "averageDecay: 1 | averageDecay must be in [0, 1), got 1.0",
      })
  void trainingSettingsAreChecked(String line, String problem) {
    assertThat(problems(DSM + "steps: 100; " + line)).containsExactly("job.yaml:3: " + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{kind: denoising-score-matching, noise: 0} | objective.noise must be positive, got 0",
        "{kind: denoising-score-matching, noise: {kind: linear, from: 1, to: 0, steps: 9}} |"
            + " objective.noise must be positive at every step, got 0 at step 99",
        "{kind: gradient-penalty, objective: {kind: denoising-score-matching, noise: {kind:"
            + " linear, from: 1, to: 0, steps: 9}}} | objective.objective.noise must be positive"
            + " at every step, got 0 at step 99",
        "{kind: contrastive-divergence, sampler: {kind: langevin, stepSize: -1}} |"
            + " objective.sampler.stepSize must be positive, got -1",
        "{kind: contrastive-divergence, sampler: {kind: langevin, noiseScale: 0}} |"
            + " objective.sampler.noiseScale must be positive, got 0",
        "{kind: contrastive-divergence, steps: 10, sampler: {kind: langevin, stepSize: {kind:"
            + " linear, from: 1, to: -1, steps: 10}}} | objective.sampler.stepSize must be"
            + " positive at every step, got -0.8 at step 9",
        "{kind: short-run, steps: 10, sampler: {kind: mala, noiseScale: {kind: linear, from: 1,"
            + " to: -1, steps: 10}}} | objective.sampler.noiseScale must be positive at every"
            + " step, got -0.8 at step 9",
        "{kind: persistent-contrastive-divergence, steps: 2, buffer: {burnIn: 10}, sampler: {kind:"
            + " hmc, stepSize: {kind: linear, from: 1, to: -1, steps: 10}}} |"
            + " objective.sampler.stepSize must be positive at every step, got -0.8 at step 9",
        "{kind: contrastive-divergence, sampler: {kind: decoupled-langevin, stepSize: 1, noise:"
            + " -1}} | objective.sampler.noise must be positive, got -1",
        "{kind: contrastive-divergence, sampler: {kind: langevin, clamp: [1, -1]}} |"
            + " objective.sampler.clamp must be [lowest, highest], got [1.0, -1.0]",
        "{kind: contrastive-divergence, sampler: {kind: gradient-descent}} | objective trains at"
            + " the temperature 0.0, at which there is no density; give its sampler noise that"
            + " does not vanish at the end",
        "{kind: contrastive-divergence, sampler: {kind: langevin, noiseScale: {kind: exponential,"
            + " from: 1, factor: 0.9}}} | objective trains at the temperature 0.0, at which there"
            + " is no density; give its sampler noise that does not vanish at the end",
        "{kind: multi-scale-denoising, smallest: -1} | objective.smallest must be positive, got -1",
        "{kind: noise-contrastive-estimation, noise: -1} | objective.noise must be positive, got"
            + " -1",
        "{kind: energy-discrepancy, time: 0} | objective.time must be positive, got 0",
      })
  void objectivesAndTheirSamplersAreChecked(String objective, String problem) {
    assertThat(problems("steps: 100; objective: " + objective))
        .containsExactly("job.yaml:2: " + problem);
  }

  /** Values that no step of the run reaches do not matter. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: linear, from: 1, to: -1, steps: 200}",
        "{kind: cosine, from: 1, to: 0, steps: 100}",
        "{kind: multi-step, from: 1, factor: -1, milestones: [100]}",
        "{kind: warm-up, steps: 10, then: {kind: linear, from: 1, to: 0, steps: 90}}"
      })
  void schedulesMayLeaveTheirBoundsAfterTheRun(String rate) {
    assertThat(bind(DSM + "steps: 100; learningRate: " + rate).steps()).isEqualTo(100);
  }

  @Test
  void aLongRunIsCheckedAtOnce() {
    String yaml =
        DSM + "steps: 4000000000000; learningRate: {kind: cosine, from: 1, to: %s, steps: 9}";
    assertThat(bind(yaml.formatted("0.1")).learningRate().at(9)).isEqualTo(0.1);
    assertThat(problems(yaml.formatted("0")).get(0)).endsWith("got 0 at step 3999999999999");
  }
}
