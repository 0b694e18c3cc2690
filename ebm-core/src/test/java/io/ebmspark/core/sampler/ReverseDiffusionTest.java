package io.ebmspark.core.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.schedule.Exponential;
import io.ebmspark.core.schedule.Linear;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.settings.BadSettingException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReverseDiffusionTest {
  private static final int CHAINS = 4_000;

  /**
   * The network of {@link NoiseLevels} with which each level is exactly the density of a mixture of
   * normals on a line, of one deviation, under that level's noise.
   */
  private record Mixture(List<Double> means, List<Double> weights, double deviation)
      implements Energy {
    @Override
    public ParameterLayout parameters(long... shape) {
      return ParameterLayout.of(new Parameter("noise", new long[] {1}, Initializer.constant(0)));
    }

    @Override
    public Tensor energy(Tensor z, Weights learnt) {
      Tensor noise = learnt.get("noise").square();
      Tensor x = z.mul(noise.add(1).sqrt());
      Tensor precision = noise.add(deviation * deviation).pow(-1).mul(0.5);
      List<Tensor> logs = new ArrayList<>();
      for (int k = 0; k < means.size(); k++) {
        Tensor distance = x.sub(means.get(k)).square().mul(precision);
        logs.add(distance.neg().add(Math.log(weights.get(k))));
      }
      // Less the quadratic part that the level adds.
      return Tensor.concatenate(logs, 1).logSumExp(1).neg().sub(z.square().sumPerRow().mul(0.5));
    }
  }

  private static float[] draw(Mixture mixture, List<Double> levels, Sampler sampler, int steps) {
    return draw(new NoiseLevels(mixture, levels), new float[1], sampler, steps);
  }

  private static float[] draw(NoiseLevels energy, float[] rows, Sampler sampler, int steps) {
    float[] learnt = energy.parameters(1).initialise(0);
    for (int i = 0; i < learnt.length; i++) {
      learnt[i] = energy.levels().get(i).floatValue();
    }
    ParameterLayout layout = energy.settled(1);
    float[] parameters = energy.settle(learnt, rows, 1);
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy bound =
          energy.prepare(Weights.of(layout, scope.upload(parameters, layout.size())));
      long[] chains = LongStream.range(0, CHAINS).toArray();
      Tensor start =
          ChainNoise.of(1, Purpose.SAMPLING_START, 0, chains).normals(scope, 0, 1, CHAINS, 1);
      ChainNoise noise = ChainNoise.of(1, Purpose.CHECK, 0, chains);
      return sampler.run(sampler.follows(bound), start, steps, noise).toFloats();
    }
  }

  /**
   * Rows kept in the model are where chains start, so that a rare mode is drawn as often as it is
   * there, whatever the network believes. The control starts from noise, and believes it.
   */
  @Test
  void aRareModeIsDrawnAtItsRateWhereRowsAreKept() {
    Mixture wrong = new Mixture(List.of(-3.0, 3.0), List.of(0.5, 0.5), 0.3);
    List<Double> levels = List.of(0.1, 0.6, 2.0);
    float[] rows = new float[40];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i == 0 ? 3 : -3;
    }
    NoiseLevels kept = new NoiseLevels(wrong, levels, rows.length, false);
    double rate = 1.0 / rows.length;
    double error = Math.sqrt(rate * (1 - rate) / CHAINS);
    assertThat(share(draw(kept, rows, ReverseDiffusion.over(kept, 100), 100)))
        .isCloseTo(rate, within(4 * error));
    NoiseLevels bare = new NoiseLevels(wrong, levels);
    assertThat(share(draw(bare, rows, ReverseDiffusion.over(bare, 100), 100)))
        .as("control")
        .isGreaterThan(0.4);
  }

  private static double share(float[] drawn) {
    int right = 0;
    for (float x : drawn) {
      right += x > 0 ? 1 : 0;
    }
    return (double) right / drawn.length;
  }

  /** On a Gaussian each step is linear, so the chain's mean and variance follow by plain sums. */
  @Test
  void meanAndVarianceOnAGaussianAreThoseOfTheFormula() {
    Mixture gaussian = new Mixture(List.of(0.7), List.of(1.0), 0.4);
    Schedule noise = new Exponential(4, 0.8, 0.1);
    int steps = 17;
    List<Double> levels =
        new ArrayList<>(
            DoubleStream.iterate(4, t -> t * 0.8).limit(steps).sorted().boxed().toList());
    float[] found = draw(gaussian, levels, new ReverseDiffusion(noise), steps);
    double mean = 0;
    double variance = 1 + 16;
    for (int step = 1; step < steps; step++) {
      double from = Math.pow(noise.at(step - 1), 2);
      double to = Math.pow(noise.at(step), 2);
      double pull = (from - to) / (0.16 + from);
      mean = mean - pull * (mean - 0.7);
      variance = Math.pow(1 - pull, 2) * variance + to * (1 - to / from);
    }
    double sum = 0;
    double squares = 0;
    for (float value : found) {
      sum += value;
      squares += Math.pow(value - mean, 2);
    }
    double tolerance = 5 * Math.sqrt(2.0 / CHAINS) * variance;
    assertThat(squares / CHAINS).isCloseTo(variance, within(tolerance));
    assertThat(sum / CHAINS).isCloseTo(mean, within(5 * Math.sqrt(variance / CHAINS)));
    // The limit of many steps, which so few miss: the variance of the data under the last noise.
    double last = Math.pow(noise.at(steps - 1), 2);
    assertThat(Math.abs(variance - (0.16 + last))).isGreaterThan(tolerance);
    float[] many = draw(gaussian, List.of(0.1, 0.2, 0.4, 0.8, 1.6, 4.0), falling(400), 400);
    double spread = 0;
    for (float value : many) {
      spread += Math.pow(value - 0.7, 2) / CHAINS;
    }
    assertThat(spread).isCloseTo(0.17, within(5 * Math.sqrt(2.0 / CHAINS) * 0.17 + 0.01));
  }

  private static ReverseDiffusion falling(int steps) {
    return new ReverseDiffusion(new Exponential(4, Math.pow(0.1 / 4, 1.0 / (steps - 1)), 0.1));
  }

  /**
   * A tenth of the data lies between two far modes, where two fifths of all chains start: chains on
   * the finest level alone stay there.
   */
  @ParameterizedTest
  @ValueSource(ints = {4, 20})
  void farModesHaveTheirWeights(int levels) {
    Mixture modes = new Mixture(List.of(-1.05, 0.0, 1.05), List.of(0.3, 0.1, 0.6), 0.05);
    List<Double> noise =
        levels == 4
            ? List.of(0.1, 0.6, 2.0, 4.0)
            : DoubleStream.iterate(0.1, t -> t * Math.pow(40, 1.0 / 19)).limit(20).boxed().toList();
    double[] drawn = shares(draw(modes, noise, falling(200), 200));
    double[] truth = {0.3, 0.1, 0.6};
    // Between levels far apart the energy is not that of the mixture, whose modes part at τ = 0.3.
    double bias = levels == 4 ? 0.1 : 0.01;
    for (int mode = 0; mode < 3; mode++) {
      double error = Math.sqrt(truth[mode] * (1 - truth[mode]) / CHAINS);
      assertThat(drawn[mode]).as("mode %d", mode).isCloseTo(truth[mode], within(5 * error + bias));
    }
    Sampler plain = new Langevin(Schedule.of(0.002), Schedule.of(1));
    double[] stuck = shares(draw(modes, noise, plain, 200));
    assertThat(stuck[1]).as("control").isGreaterThan(0.35);
  }

  private static double[] shares(float[] drawn) {
    double[] shares = new double[3];
    for (float value : drawn) {
      shares[value < -0.525 ? 0 : value < 0.525 ? 1 : 2] += 1.0 / drawn.length;
    }
    return shares;
  }

  @Test
  void noiseMustNotRise() {
    new ReverseDiffusion(new Linear(4, 0.1, 10)).check(100);
    assertThatThrownBy(() -> new ReverseDiffusion(new Linear(0.1, 4, 10)).check(10))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("noise must never rise, but is 0.1 at step 0");
  }

  @Test
  void itNeedsNoiseLevels() {
    Sampler sampler = falling(10);
    sampler.check(new NoiseLevels(new Harmonic(1), List.of(0.1, 1.0)));
    assertThatThrownBy(() -> sampler.check(new Harmonic(1)))
        .hasMessage(
            "sampling.sampler is reverse-diffusion, which needs an energy of kind noise-levels;"
                + " choose langevin");
  }
}
