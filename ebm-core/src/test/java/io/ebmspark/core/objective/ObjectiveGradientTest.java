package io.ebmspark.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.AnalyticEnergy;
import io.ebmspark.core.energy.Composed;
import io.ebmspark.core.energy.Conv;
import io.ebmspark.core.energy.DoubleWell;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.energy.Graph;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.ResidualMlp;
import io.ebmspark.core.energy.Scaled;
import io.ebmspark.core.energy.SpectralNorm;
import io.ebmspark.core.energy.Transformer;
import io.ebmspark.core.energy.Weights;
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

  private static final Energy SMALL_MLP = new Mlp(List.of(4), Activation.SOFTPLUS);

  private static List<Objective> objectives() {
    return List.of(
        new ContrastiveDivergence(3, SAMPLER, 1e-3),
        new ShortRun(3, SAMPLER, 0, StartNoise.UNIFORM, 1),
        new PersistentContrastiveDivergence(
            3, SAMPLER, 1e-3, new ReplaySettings(8, 0.05, StartNoise.NORMAL, 1)),
        new DenoisingScoreMatching(Schedule.of(0.3)),
        new MultiScaleDenoising(0.2, 1, 3),
        new ExactScoreMatching(0),
        new HutchinsonScoreMatching(2, Probe.RADEMACHER, 0.1),
        new SlicedScoreMatching(2, Probe.SPHERE, 0),
        new SlicedScoreMatching(1, Probe.GAUSSIAN, 0),
        new NoiseContrastiveEstimation(1.5),
        new EnergyDiscrepancy(0.25, 3, 1),
        new MixedEnergyDiscrepancy(0.25, 0.5, 3, 1, List.of()),
        new GradientPenalty(new ExactScoreMatching(0), 0.3));
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
      cases.add(Arguments.of(objective, new ResidualMlp(4, 1, Activation.TANH), new long[] {2}));
      cases.add(
          Arguments.of(
              objective, new Transformer(4, 2, 1, 4, 1, Activation.GELU), new long[] {3, 2}));
      cases.add(Arguments.of(objective, new Graph(1, 3, 1, Activation.SILU), new long[] {3, 4}));
      cases.add(
          Arguments.of(
              objective,
              new SpectralNorm(new Composed(new Scaled(new Harmonic(1), 2, true), SMALL_MLP), 5),
              new long[] {2}));
    }
    Energy levels = new NoiseLevels(new Mlp(List.of(5, 4), Activation.SILU), List.of(0.3, 2.0));
    cases.add(Arguments.of(new LevelDenoising(), levels, new long[] {2}));
    Energy beside =
        new NoiseLevels(new Mlp(List.of(5, 4), Activation.SILU), List.of(0.3, 2.0), 0, true);
    cases.add(Arguments.of(new LevelDenoising(), beside, new long[] {2}));
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
      PreparedEnergy bound = energy.prepare(Weights.of(layout, flat));
      Batch batch = batch(scope, shape);
      Losses losses = objective.losses(bound, batch);
      System.gc();
      double[] gradient = losses.gradient(flat).toDoubles();
      Function<double[], Double> loss =
          at -> loss(scope, objective, energy, shape, layout, at, losses);
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
      long[] shape,
      ParameterLayout layout,
      double[] parameters,
      Losses reference) {
    Tensor flat = scope.upload(parameters, parameters.length).leaf();
    PreparedEnergy bound = energy.prepare(Weights.of(layout, flat));
    Tensor ends = reference.chainEnds();
    if (ends == null) {
      return objective.losses(bound, batch(scope, shape)).perRow().sum().toDouble();
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
    return gradient(objective, new Stiffness(a), a, dataScale);
  }

  private static double gradient(Objective objective, Energy energy, double a, double dataScale) {
    int rows = 20_000;
    float[] values = new float[rows];
    RandomStream.of(3, Purpose.CHECK, 0).normals(0, 0, values, 0, rows);
    long[] indices = new long[rows];
    for (int i = 0; i < rows; i++) {
      values[i] *= (float) dataScale;
      indices[i] = i;
    }
    ParameterLayout layout = energy.parameters(1);
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor flat = scope.upload(new double[] {a}, 1).leaf();
      PreparedEnergy bound = energy.prepare(Weights.of(layout, flat));
      Batch batch = new Batch(scope.upload(values, rows, 1), indices, null, 1, 0);
      return objective.losses(bound, batch).gradient(flat).div(rows).toDouble();
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

  /**
   * On N(0,1) the loss is ½a² − a, least at a = 1, with slope a − 1. The slope's estimate is a mean
   * of ax² − 1, whose standard error at 20 000 rows is a√2/√20 000 = .01a.
   */
  @Test
  void scoreMatchingIsLeastAtTheDatasOwnStiffness() {
    for (Objective objective :
        List.of(
            new ExactScoreMatching(0),
            new HutchinsonScoreMatching(1, Probe.RADEMACHER, 0),
            new HutchinsonScoreMatching(3, Probe.GAUSSIAN, 0),
            new SlicedScoreMatching(1, Probe.RADEMACHER, 0),
            new SlicedScoreMatching(2, Probe.SPHERE, 0))) {
      for (double a : new double[] {0.5, 1, 1.5}) {
        assertThat(gradientInStiffness(objective, a, 1))
            .as("%s at %s", objective, a)
            .isCloseTo(a - 1, within(0.06 * a));
      }
      // The control: data twice as wide has its optimum at a = ¼, slope 4a − 1.
      assertThat(gradientInStiffness(objective, 1, 2)).isGreaterThan(2);
    }
  }

  /** Exactly equal to the exact trace, row by row, where the Hessian is diagonal. */
  @Test
  void rademacherProbesAreExactOnDiagonalHessians() {
    Energy well = new DoubleWell(2, 1);
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      PreparedEnergy bound = well.prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
      Batch batch = batch(scope, new long[] {3});
      double[] exact = new ExactScoreMatching(0).losses(bound, batch).perRow().toDoubles();
      double[] probed =
          new HutchinsonScoreMatching(1, Probe.RADEMACHER, 0)
              .losses(bound, batch)
              .perRow()
              .toDoubles();
      assertThat(probed).containsExactly(exact, within(1e-9));
      double[] gaussian =
          new HutchinsonScoreMatching(1, Probe.GAUSSIAN, 0)
              .losses(bound, batch)
              .perRow()
              .toDoubles();
      assertThat(Math.abs(gaussian[0] - exact[0])).isGreaterThan(1e-3);
    }
  }

  /** On average over probes, the exact loss, for a Hessian that is not diagonal. */
  @Test
  void probesAreUnbiased() {
    Energy energy = new Gaussian(List.of(0.0, 0.0), List.of(List.of(1.0, 0.7), List.of(0.7, 1.0)));
    int rows = 20_000;
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      PreparedEnergy bound = energy.prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
      long[] indices = java.util.stream.LongStream.range(0, rows).toArray();
      Batch batch = new Batch(scope.full(0.3, rows, 2), indices, null, 5, 0);
      double exact = new ExactScoreMatching(0).losses(bound, batch).perRow().mean().toDouble();
      for (Probe probe : Probe.values()) {
        Losses losses = new HutchinsonScoreMatching(1, probe, 0).losses(bound, batch);
        double[] perRow = losses.perRow().toDoubles();
        double mean = java.util.Arrays.stream(perRow).average().orElseThrow();
        double spread =
            Math.sqrt(
                java.util.Arrays.stream(perRow).map(v -> (v - mean) * (v - mean)).sum() / rows);
        assertThat(mean).as("%s", probe).isCloseTo(exact, within(5 * spread / Math.sqrt(rows)));
        assertThat(spread).isPositive();
      }
    }
  }

  /**
   * Noise-contrastive estimation at E = −log p + c: the gradient in c is 0 at the normalised model
   * only, so its minimum knows log Z.
   */
  @Test
  void contrastWithNoiseLearnsTheNormaliser() {
    Objective objective = new NoiseContrastiveEstimation(1.5);
    double logZ = 0.5 * Math.log(2 * Math.PI);
    assertThat(gradientInOffset(objective, logZ)).isCloseTo(0, within(0.02));
    assertThat(gradientInOffset(objective, logZ + 1)).isGreaterThan(0.1);
    assertThat(gradientInOffset(objective, logZ - 1)).isLessThan(-0.1);
    // Energy Discrepancy compares energies with energies, so an offset has no effect.
    assertThat(gradientInOffset(new EnergyDiscrepancy(0.25, 8, 0), logZ))
        .isCloseTo(0, within(1e-9));
  }

  /** E = ½x² + c on rows of N(0,1). */
  private static double gradientInOffset(Objective objective, double c) {
    Energy energy =
        new Energy() {
          @Override
          public ParameterLayout parameters(long... shape) {
            return ParameterLayout.of(new Parameter("c", new long[0], Initializer.constant(c)));
          }

          @Override
          public Tensor energy(Tensor x, Weights weights) {
            return x.square().sumPerRow().mul(0.5).add(weights.get("c"));
          }
        };
    return gradient(objective, energy, c, 1);
  }

  /** The slope changes sign at the data's own stiffness, as maximum likelihood's does. */
  @Test
  void energyDiscrepancyIsLeastAtTheDatasOwnStiffness() {
    Objective objective = new EnergyDiscrepancy(1, 64, 1);
    assertThat(gradientInStiffness(objective, 1, 1)).isCloseTo(0, within(0.03));
    assertThat(gradientInStiffness(objective, 0.5, 1)).isLessThan(-0.05);
    assertThat(gradientInStiffness(objective, 2, 1)).isGreaterThan(0.03);
  }

  /** One level is plain denoising; two are the smoothed mixture, between their two optima. */
  @Test
  void severalNoiseLevelsSmoothByTheirMixture() {
    Objective one = new MultiScaleDenoising(0.5, 0.5, 1);
    assertThat(gradientInStiffness(one, 0.8, 1)).isCloseTo(0, within(0.06));
    // Of the form a·x, the optimum is 2/Σ(1 + τ²), between the single optima .8 and 1/3.
    Objective two = new MultiScaleDenoising(0.5, Math.sqrt(2), 2);
    double best = 2 / (1.25 + 3);
    assertThat(gradientInStiffness(two, best, 1)).isCloseTo(0, within(0.06));
    assertThat(gradientInStiffness(two, 0.8, 1)).isGreaterThan(0.15);
    assertThat(gradientInStiffness(two, 1.0 / 3, 1)).isLessThan(-0.05);
  }

  /** The penalty adds w‖∇E‖², whose slope in a is 2wa·E[x²]. */
  @Test
  void gradientPenaltyAddsItsOwnSlope() {
    Objective plain = new ExactScoreMatching(0);
    double added =
        gradientInStiffness(new GradientPenalty(plain, 0.2), 1.3, 1)
            - gradientInStiffness(plain, 1.3, 1);
    assertThat(added).isCloseTo(2 * 0.2 * 1.3, within(5 * 0.52 * Math.sqrt(2.0 / 20_000)));
  }

  @Test
  void harmonicEnergyIsTheStiffnessModel() {
    AnalyticEnergy harmonic = new Harmonic(2);
    try (TensorScope scope = TensorScope.open()) {
      assertThat(harmonic.energy(scope.upload(new float[] {1, 2}, 1, 2)).toDouble()).isEqualTo(5);
    }
  }
}
