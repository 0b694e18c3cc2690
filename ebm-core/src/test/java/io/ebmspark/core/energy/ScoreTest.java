package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written out by hand, against automatic differentiation, in double precision. */
class ScoreTest {
  private static final int ROWS = 7;
  private static final int WIDTH = 3;

  static Stream<Energy> energies() {
    Stream<Energy> networks =
        Stream.of(Activation.values()).map(activation -> new Mlp(List.of(6, 5, 4), activation));
    Mlp mlp = new Mlp(List.of(5, 4), Activation.SILU);
    return Stream.concat(
        networks,
        Stream.of(
            new Mlp(List.of(5), Activation.SELU),
            new Sum(List.of(mlp, new Harmonic(0.5), new Mlp(List.of(4), Activation.TANH))),
            new Sum(List.of(mlp, new ResidualMlp(4, 1, Activation.SILU), mlp)),
            new Scaled(mlp, 2.5, false),
            new Scaled(mlp, 2.5, true),
            new SpectralNorm(mlp, 5),
            new ResidualMlp(4, 1, Activation.SILU)));
  }

  private static Tensor normals(TensorScope scope, long seed) {
    return normals(scope, seed, ROWS, WIDTH);
  }

  private static Tensor normals(TensorScope scope, long seed, long... shape) {
    float[] values = new float[Shapes.width(shape)];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    return scope.upload(values, shape);
  }

  @ParameterizedTest
  @MethodSource("energies")
  void agreesWithAutomaticDifferentiation(Energy energy) {
    ParameterLayout layout = energy.parameters(WIDTH);
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor flat = scope.upload(layout.initialise(3), layout.size()).leaf();
      PreparedEnergy prepared = energy.prepare(Weights.of(layout, flat));
      Tensor x = normals(scope, 1);
      Tensor v = normals(scope, 2);
      Score score = prepared.score(x);
      Score exact = Score.automatic(prepared::at, x);
      equal(score.energies(), exact.energies());
      equal(score.gradients(), exact.gradients());
      equal(score.pullBack(v, flat), exact.pullBack(v, flat));

      Energies energies = prepared.energies(x);
      Energies plain = Energies.automatic(prepared.at(x));
      equal(energies.perRow(), plain.perRow());
      Tensor c = normals(scope, 5).slice(1, 0, 1).squeeze(1);
      equal(energies.pullBack(c, flat), plain.pullBack(c, flat));

      Slice slice = prepared.slice(x, v);
      Slice truth = Slice.automatic(prepared::at, x, v);
      equal(slice.energies(), truth.energies());
      equal(slice.slopes(), truth.slopes());
      equal(slice.curvatures(), truth.curvatures());
      Tensor a = normals(scope, 3).slice(1, 0, 1).squeeze(1);
      Tensor b = normals(scope, 4).slice(1, 0, 1).squeeze(1);
      equal(slice.pullBack(a, b, flat), truth.pullBack(a, b, flat));
    }
  }

  /** A level's energy is a network at a scaled x beside a quadratic. */
  @Test
  void aLevelPullsBackToItsOwnParameters() {
    NoiseLevels levels =
        new NoiseLevels(new Mlp(List.of(5, 4), Activation.SILU), List.of(0.2, 1.5, 3.0));
    ParameterLayout layout = levels.parameters(WIDTH);
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor flat = scope.upload(layout.initialise(3), layout.size()).leaf();
      NoiseLevels.Prepared prepared = levels.prepare(Weights.of(layout, flat));
      Tensor x = normals(scope, 1);
      Tensor v = normals(scope, 2);
      for (int i = 0; i < 3; i++) {
        PreparedEnergy level = prepared.level(i);
        Tensor leaf = x.leaf();
        Tensor gradients = Gradients.differentiable(level.at(leaf), leaf);
        Score score = level.score(x);
        equal(score.gradients(), gradients);
        equal(score.pullBack(v, flat), Gradients.of(gradients.mul(v), flat));
      }
    }
  }

  /** Of few rows, all levels share a call; of more, two do; of many, each has its own. */
  @ParameterizedTest
  @ValueSource(ints = {5, 200, 600})
  void levelsTogetherAreTheLevelsOneByOne(int rows) {
    stackIsItsLevels(new Mlp(List.of(5, 4), Activation.SELU), rows);
  }

  /** A network that has no call for several of its kind. */
  @Test
  void levelsOfAnyNetworkAreScoredTogether() {
    stackIsItsLevels(new SpectralNorm(new Mlp(List.of(5, 4), Activation.SILU), 1), 5);
    stackIsItsLevels(new ResidualMlp(4, 1, Activation.SILU), 5);
  }

  private static void stackIsItsLevels(Energy network, int rows) {
    NoiseLevels levels = new NoiseLevels(network, List.of(0.2, 1.5, 3.0), 0, true);
    ParameterLayout layout = levels.parameters(WIDTH);
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor flat = scope.upload(layout.initialise(3), layout.size()).leaf();
      NoiseLevels.Prepared prepared = levels.prepare(Weights.of(layout, flat));
      Tensor x = normals(scope, 1, 3, rows, WIDTH);
      Tensor v = normals(scope, 2, 3, rows, WIDTH);
      Score score = prepared.scores(x);
      Tensor pulledBack = scope.zeros(layout.size());
      for (int i = 0; i < 3; i++) {
        Score level = prepared.level(i).score(x.slice(0, i, i + 1).squeeze(0));
        equal(score.energies().slice(0, i, i + 1).squeeze(0), level.energies());
        equal(score.gradients().slice(0, i, i + 1).squeeze(0), level.gradients());
        pulledBack = pulledBack.add(level.pullBack(v.slice(0, i, i + 1).squeeze(0), flat).detach());
      }
      equal(score.pullBack(v, flat), pulledBack);
    }
  }

  private static void equal(Tensor found, Tensor exact) {
    assertThat(found.shape()).isEqualTo(exact.shape());
    assertThat(found.toDoubles()).containsExactly(exact.toDoubles(), within(1e-12));
  }
}
