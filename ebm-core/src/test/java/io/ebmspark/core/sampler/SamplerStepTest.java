package io.ebmspark.core.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.energy.EnergyScript;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.schedule.Schedule;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What a step evaluates, what it remembers, and what observing it costs. */
class SamplerStepTest {
  private static final Sampler.Observer EVERY_STEP = (done, position, info) -> {};

  /** An energy that counts its evaluations, with a script or without. */
  private static final class Counted extends PreparedEnergy {
    int energies;
    int gradients;
    private final PreparedEnergy harmonic;
    private final boolean scripted;

    Counted(TensorScope scope, boolean scripted) {
      super(scope);
      Weights none = Weights.of(ParameterLayout.EMPTY, scope.zeros(0));
      this.harmonic = new Harmonic(1).prepare(none);
      this.scripted = scripted;
    }

    @Override
    public Tensor at(Tensor x) {
      return harmonic.at(x);
    }

    @Override
    public Tensor value(Tensor x) {
      energies++;
      return harmonic.value(x);
    }

    @Override
    public Tensor gradient(Tensor x) {
      gradients++;
      return harmonic.gradient(x);
    }

    @Override
    protected Optional<EnergyScript.Expressions> script(EnergyScript script) {
      return scripted
          ? Optional.of(
              new EnergyScript.Expressions(
                  "torch.mul(torch.sum(torch.square(x), [1]), 0.5)", "torch.mul(x, 1.)"))
          : Optional.empty();
    }
  }

  private static Counted asked(Sampler sampler, int steps, boolean scripted) {
    try (TensorScope scope = TensorScope.open()) {
      Counted energy = new Counted(scope, scripted);
      ChainNoise noise = ChainNoise.of(1, Purpose.CHECK, 0, new long[] {0, 1, 2});
      sampler.run(energy, scope.full(1, 3, 2), steps, noise, EVERY_STEP);
      return energy;
    }
  }

  private static final Sampler MALA = new Mala(Schedule.of(0.1), Schedule.of(1));

  /** Energy and gradient at a chain's state are remembered, not computed again. */
  @Test
  void exactSamplersKeepTheGradientTheyHave() {
    Counted mala = asked(MALA, 20, false);
    assertThat(mala.gradients).isEqualTo(21);
    assertThat(mala.energies).isEqualTo(21);
    Counted hmc = asked(new Hmc(Schedule.of(0.1), 4, 1), 20, false);
    assertThat(hmc.gradients).isEqualTo(4 * 20 + 1);
    assertThat(hmc.energies).isEqualTo(21);
  }

  /** Chains that are observed after every step stay in native code. */
  @Test
  void lookingDoesNotTakeAChainOffTheNativePath() {
    Schedule small = Schedule.of(0.1);
    for (Sampler sampler :
        List.of(
            MALA,
            new Langevin(small, small),
            new DecoupledLangevin(small, small, Optional.empty(), Optional.empty()),
            new GradientDescent(small, Optional.empty(), Optional.empty()))) {
      Counted energy = asked(sampler, 20, true);
      assertThat(energy.gradients + energy.energies).as("%s", sampler).isZero();
    }
    // The control: without a program, every step evaluates.
    assertThat(asked(new Langevin(small, small), 20, false).gradients).isEqualTo(20);
  }

  /** A complete custom sampler: a random walk. */
  private record Walk(double deviation) implements Sampler {
    @Override
    public double temperature() {
      return 1;
    }

    @Override
    public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
      Tensor x = state.position();
      return Step.to(x.add(noise.normals(x.scope(), step, deviation, x.shape())));
    }
  }

  @Test
  void aSamplerOfOnesOwnIsOneStep() {
    try (TensorScope scope = TensorScope.open()) {
      Counted energy = new Counted(scope, false);
      ChainNoise noise = ChainNoise.of(1, Purpose.CHECK, 0, new long[] {0, 1});
      Tensor start = scope.full(1, 2, 3);
      float[] end = new Walk(2).run(energy, start, 3, noise, EVERY_STEP).toFloats();
      float[] expected = start.toFloats();
      for (int step = 0; step < 3; step++) {
        float[] moves = noise.normals(scope, step, 2, 2, 3).toFloats();
        for (int i = 0; i < expected.length; i++) {
          expected[i] += moves[i];
        }
      }
      assertThat(end).containsExactly(expected, within(1e-5f));
      assertThat(start.toFloats()).containsOnly(1);
      assertThat(new Walk(2).run(energy, start, 0, noise).toFloats()).containsOnly(1);
    }
  }

  /** A complete custom sampler that moves at every other step only. */
  private record Halting() implements Sampler {
    @Override
    public double temperature() {
      return 1;
    }

    @Override
    public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
      return step % 2 == 0 ? new Step(state, StepInfo.NONE) : Step.to(state.position().add(1));
    }
  }

  @Test
  void aStepMayAnswerTheStateItWasGiven() {
    try (TensorScope scope = TensorScope.open()) {
      Counted energy = new Counted(scope, false);
      ChainNoise noise = ChainNoise.of(1, Purpose.CHECK, 0, new long[] {0, 1});
      Tensor start = scope.full(1, 2, 3);
      for (int steps = 0; steps <= 5; steps++) {
        for (Sampler.Observer observer : List.of(Sampler.Observer.NONE, EVERY_STEP)) {
          Tensor end = new Halting().run(energy, start, steps, noise, observer);
          assertThat(end.toFloats()).containsOnly(1 + steps / 2);
          assertThat(start.toFloats()).containsOnly(1);
        }
      }
    }
  }

  /** A sampler that forgets the shape of its chains. */
  private record Flattening() implements Sampler {
    @Override
    public double temperature() {
      return 1;
    }

    @Override
    public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
      Tensor x = state.position();
      return Step.to(x.add(noise.normals(x.scope(), step, 1, x.shape())).sum(0));
    }
  }

  @Test
  void aStepMustKeepTheShape() {
    try (TensorScope scope = TensorScope.open()) {
      Counted energy = new Counted(scope, false);
      ChainNoise noise = ChainNoise.of(1, Purpose.CHECK, 0, new long[] {0, 1});
      Tensor start = scope.full(1, 2, 3);
      assertThatThrownBy(() -> new Flattening().run(energy, start, 3, noise))
          .hasMessage(
              "sampler is "
                  + Flattening.class.getName()
                  + ", whose step leads to positions of the shape [3]; it must be the chains',"
                  + " [2, 3]");
    }
  }

  /**
   * Random-walk Metropolis, as a user would write it.
   *
   * @param independent whether it decides by {@link ChainNoise#chances}, or by uniforms of the very
   *     bits that its proposal is made of
   */
  private record RandomWalk(boolean independent) implements Sampler {
    @Override
    public double temperature() {
      return 1;
    }

    @Override
    public boolean rejects() {
      return true;
    }

    @Override
    public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
      Tensor from = state.position();
      TensorScope scope = from.scope();
      Tensor to = from.add(noise.normals(scope, step, 2, from.shape()));
      double[] chances = noise.chances(step);
      if (!independent) {
        double[] drawn = noise.uniforms(scope, step, 1, from.shape()).toDoubles();
        chances = Arrays.stream(drawn).map(uniform -> (uniform + 1) / 2).toArray();
      }
      double[] fall = energy.value(from).sub(energy.value(to)).toDoubles();
      double[] x = from.toDoubles();
      double[] proposed = to.toDoubles();
      double[] taken = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        if (Math.log(chances[i]) < fall[i]) {
          x[i] = proposed[i];
          taken[i] = 1;
        }
      }
      Tensor next = scope.upload(x, from.shape());
      return new Step(
          ChainState.at(next), StepInfo.of(scope.upload(taken, x.length), energy.value(next)));
    }
  }

  /** The mean of a standard normal by 4 000 chains has a standard error of 0.016. */
  @Test
  void whatDecidesIsIndependentOfWhatIsProposed() {
    assertThat(mean(new RandomWalk(true))).isBetween(-0.07, 0.07);
    assertThat(Math.abs(mean(new RandomWalk(false)))).as("the control").isGreaterThan(0.3);
  }

  private static double mean(Sampler sampler) {
    long[] chains = LongStream.range(0, 4000).toArray();
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy normal =
          new Harmonic(1).prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
      ChainNoise noise = ChainNoise.of(1, Purpose.CHECK, 0, chains);
      Tensor ends = sampler.run(normal, scope.zeros(chains.length, 1), 30, noise);
      return ends.sum().toDouble() / chains.length;
    }
  }

  /** A sampler that rejects and does not say how often. */
  private record Silent(boolean isHalfSaid) implements Sampler {
    @Override
    public double temperature() {
      return 1;
    }

    @Override
    public boolean rejects() {
      return true;
    }

    @Override
    public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
      Tensor all = state.position().scope().full(1, 1);
      return new Step(state, isHalfSaid ? StepInfo.of(all, all) : StepInfo.NONE);
    }
  }

  @Test
  void aSamplerThatRejectsMustReportWhatWasAccepted() {
    try (TensorScope scope = TensorScope.open()) {
      Counted energy = new Counted(scope, false);
      ChainNoise noise = ChainNoise.of(1, Purpose.CHECK, 0, new long[] {0, 1});
      Tensor start = scope.full(1, 2, 3);
      String told =
          "sampler is "
              + Silent.class.getName()
              + ", whose rejects() is true: its step must report how many proposals each chain took,"
              + " in the shape [2], and reports ";
      assertThatThrownBy(() -> new Silent(false).run(energy, start, 3, noise))
          .hasMessage(told + "nothing");
      assertThatThrownBy(() -> new Silent(true).run(energy, start, 3, noise))
          .hasMessage(told + "the shape [1]");
    }
  }
}
