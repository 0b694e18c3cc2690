package io.ebmspark.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.AnalyticEnergy;
import io.ebmspark.core.energy.BoundEnergy;
import io.ebmspark.core.energy.Conv;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.Langevin;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ObjectiveGradientTest {
  private static final Langevin SAMPLER = new Langevin(Schedule.of(0.01), Schedule.of(0.5));

  private static List<Objective> objectives() {
    return List.of(
        new ContrastiveDivergence(3, SAMPLER, 1e-3),
        new ShortRun(3, SAMPLER, 0, StartNoise.UNIFORM, 1),
        new PersistentContrastiveDivergence(
            3, SAMPLER, 1e-3, new ReplaySettings(8, 0.05, StartNoise.NORMAL, 1)),
        new DenoisingScoreMatching(Schedule.of(0.3)));
  }

  static Stream<Arguments> everyObjectiveOnEveryNetwork() {
    List<Arguments> cases = new ArrayList<>();
    for (Objective objective : objectives()) {
      cases.add(Arguments.of(objective, new Mlp(List.of(5, 4), Activation.SILU), new long[] {2}));
      cases.add(Arguments.of(objective, new Mlp(List.of(6), Activation.SELU), new long[] {3}));
      cases.add(
          Arguments.of(
              objective,
              new Conv(List.of(2), List.of(2), 3, Activation.SILU),
              new long[] {1, 3, 3}));
    }
    return cases.stream();
  }

  /**
   * The chain's end does not move with the parameters in the loss's definition, so differences are
   * taken with the chain's weights held still.
   */
  @ParameterizedTest
  @MethodSource("everyObjectiveOnEveryNetwork")
  void parameterGradientAgreesWithFiniteDifferences(
      Objective objective, Energy energy, long[] shape) {
    ParameterLayout layout = energy.parameters(shape);
    double[] parameters = wide(layout.initialise(5));
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor flat = scope.upload(parameters, parameters.length).leaf();
      BoundEnergy bound = new BoundEnergy(energy, Weights.of(layout, flat));
      Batch batch = batch(scope, shape);
      Losses losses = objective.losses(bound, batch);
      System.gc();
      double[] gradient = Gradients.of(losses.perRow(), flat).toDoubles();
      Function<double[], Double> loss = at -> loss(scope, objective, energy, layout, at, losses);
      double h = 1e-4;
      for (int i = 0; i < parameters.length; i += 1 + parameters.length / 40) {
        double difference =
            (loss.apply(moved(parameters, i, -2 * h))
                    - 8 * loss.apply(moved(parameters, i, -h))
                    + 8 * loss.apply(moved(parameters, i, h))
                    - loss.apply(moved(parameters, i, 2 * h)))
                / (12 * h);
        assertThat(gradient[i])
            .as("parameter %d", i)
            .isCloseTo(difference, within(1e-6 * (1e-2 + Math.abs(difference))));
      }
    }
  }

  private static double loss(
      TensorScope scope,
      Objective objective,
      Energy energy,
      ParameterLayout layout,
      double[] parameters,
      Losses reference) {
    Tensor flat = scope.upload(parameters, parameters.length).leaf();
    BoundEnergy bound = new BoundEnergy(energy, Weights.of(layout, flat));
    Tensor ends = reference.chainEnds();
    if (ends == null) {
      long[] shape = energy instanceof Conv ? new long[] {1, 3, 3} : null;
      long width = layout.parameters().get(0).shape()[1];
      return objective
          .losses(bound, batch(scope, shape == null ? new long[] {width} : shape))
          .perRow()
          .sum()
          .toDouble();
    }
    double penalty = objective.floor().isPresent() ? -0.5 / objective.floor().getAsDouble() : 0;
    Tensor data = batch(scope, tail(ends.shape())).rows();
    double sum = 0;
    double[] positive = bound.at(data).toDoubles();
    double[] negative = bound.at(ends).toDoubles();
    for (int row = 0; row < positive.length; row++) {
      double p = positive[row];
      double n = negative[row];
      sum += p - n + penalty * (p * p + n * n);
    }
    return sum;
  }

  private static long[] tail(long[] shape) {
    return java.util.Arrays.copyOfRange(shape, 1, shape.length);
  }

  private static Batch batch(TensorScope scope, long[] shape) {
    int rows = 5;
    long[] full = new long[shape.length + 1];
    full[0] = rows;
    System.arraycopy(shape, 0, full, 1, shape.length);
    int width = (int) java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    float[] values = new float[rows * width];
    RandomStream.of(1, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    long[] indices = {3, 1, 4, 15, 9};
    Tensor data = scope.upload(values, full);
    return new Batch(data, indices, data.mul(0.5), 11, 2);
  }

  private static double[] moved(double[] values, int i, double by) {
    double[] copy = values.clone();
    copy[i] += by;
    return copy;
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /** E = ½a‖x‖², the model of the closed forms below. */
  private record Stiffness(double initial) implements Energy {
    @Override
    public ParameterLayout parameters(long... shape) {
      return ParameterLayout.of(new Parameter("a", new long[0], Initializer.constant(initial)));
    }

    @Override
    public Tensor energy(Tensor x, Weights weights) {
      return x.square().sumPerRow().mul(weights.get("a")).mul(0.5);
    }
  }

  private static double gradientInStiffness(Objective objective, double a, double dataScale) {
    int rows = 20_000;
    float[] values = new float[rows];
    RandomStream.of(3, Purpose.CHECK, 0).normals(0, 0, values, 0, rows);
    long[] indices = new long[rows];
    for (int i = 0; i < rows; i++) {
      values[i] *= (float) dataScale;
      indices[i] = i;
    }
    Energy energy = new Stiffness(a);
    ParameterLayout layout = energy.parameters(1);
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor flat = scope.upload(new double[] {a}, 1).leaf();
      BoundEnergy bound = new BoundEnergy(energy, Weights.of(layout, flat));
      Batch batch = new Batch(scope.upload(values, rows, 1), indices, null, 1, 0);
      return Gradients.of(objective.losses(bound, batch).perRow().mean(), flat).toDouble();
    }
  }

  /**
   * Vincent 2011 on N(0,1): the optimum smooths the data by τ, a = 1/(1+τ²) = .8 at τ = ½. The
   * gradient's Monte-Carlo error at 20 000 rows is below .02 there; a wrong sign of the target
   * would put the optimum at −.8.
   */
  @Test
  void denoisingScoreMatchingIsLeastAtTheSmoothedData() {
    Objective objective = new DenoisingScoreMatching(Schedule.of(0.5));
    assertThat(gradientInStiffness(objective, 0.8, 1)).isCloseTo(0, within(0.06));
    assertThat(gradientInStiffness(objective, 0.6, 1)).isLessThan(-0.15);
    assertThat(gradientInStiffness(objective, 1.0, 1)).isGreaterThan(0.15);
    assertThat(gradientInStiffness(objective, -0.8, 1)).isLessThan(-1);
  }

  /** Data wider than the model pulls the stiffness down, so the loss grows with it. */
  @Test
  void contrastiveDivergenceSeesWhetherDataIsWiderThanTheModel() {
    Objective objective =
        new ContrastiveDivergence(10, new Langevin(Schedule.of(0.1), Schedule.of(1)), 0);
    assertThat(gradientInStiffness(objective, 1, 2)).isGreaterThan(0.1);
    assertThat(gradientInStiffness(objective, 1, 0.5)).isLessThan(-0.1);
  }

  @Test
  void harmonicEnergyIsTheStiffnessModel() {
    AnalyticEnergy harmonic = new Harmonic(2);
    try (TensorScope scope = TensorScope.open()) {
      assertThat(harmonic.energy(scope.upload(new float[] {1, 2}, 1, 2)).toDouble()).isEqualTo(5);
    }
  }
}
