package io.ebmspark.core.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.energy.Initialised;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.Rastrigin;
import io.ebmspark.core.energy.Sum;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IntegratedGradientsTest {
  private static final int ROWS = 9;

  private static float[] normals(int count, int stream) {
    float[] values = new float[count];
    RandomStream.of(stream, Purpose.CHECK, 0).normals(0, 0, values, 0, count);
    return values;
  }

  private static RowEnergies open(Energy energy, int width) {
    long[] shape = {width};
    float[] parameters = energy.parameters(shape).initialise(5);
    return new RowEnergies(energy, shape, parameters, Device.cpu());
  }

  private static Attribution[] explain(Energy energy, float[] baseline, float[] rows, int most) {
    int width = baseline.length;
    try (RowEnergies open = open(energy, width)) {
      return new IntegratedGradients(open, new Baselines(baseline, baseline, width), most).of(rows);
    }
  }

  private static Attribution[] explain(Energy energy, float[] baseline, float[] rows) {
    return explain(energy, baseline, rows, IntegratedGradients.MOST_POINTS);
  }

  /** A Gaussian whose covariance, {@code D + uuᵀ}, has its inverse by Sherman and Morrison. */
  private record Known(Gaussian energy, double[][] precision) {
    static Known of(float[] mean, float[] u) {
      int d = mean.length;
      double quadratic = 1;
      for (int i = 0; i < d; i++) {
        quadratic += u[i] * u[i] / diagonal(i);
      }
      double[][] precision = new double[d][d];
      List<List<Double>> covariance = new ArrayList<>();
      for (int i = 0; i < d; i++) {
        List<Double> row = new ArrayList<>();
        for (int j = 0; j < d; j++) {
          row.add((i == j ? diagonal(i) : 0) + (double) u[i] * u[j]);
          precision[i][j] =
              (i == j ? 1 / diagonal(i) : 0)
                  - u[i] / diagonal(i) * (u[j] / diagonal(j)) / quadratic;
        }
        covariance.add(row);
      }
      List<Double> means = new ArrayList<>();
      for (float value : mean) {
        means.add((double) value);
      }
      return new Known(new Gaussian(means, covariance), precision);
    }

    private static double diagonal(int i) {
      return 0.5 + i % 3;
    }

    /** Row j of P times a vector. */
    double times(int j, double[] vector) {
      double sum = 0;
      for (int k = 0; k < vector.length; k++) {
        sum += precision[j][k] * vector[k];
      }
      return sum;
    }
  }

  /** {@code A_j = ½δ_j(Pδ)_j} from the mean, and {@code δ_j(P(b − μ))_j} more from elsewhere. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 30})
  void contributionsToAGaussianAreThoseOfItsClosedForm(int d) {
    float[] mean = normals(d, 1);
    Known known = Known.of(mean, normals(d, 2));
    float[] rows = normals(ROWS * d, 3);
    for (float[] baseline : List.of(mean, normals(d, 4))) {
      Attribution[] found = explain(known.energy(), baseline, rows);
      double largestInteraction = 0;
      for (int i = 0; i < ROWS; i++) {
        double[] step = new double[d];
        double[] start = new double[d];
        for (int j = 0; j < d; j++) {
          step[j] = (double) rows[i * d + j] - baseline[j];
          start[j] = (double) baseline[j] - mean[j];
        }
        double scale = 0;
        for (int j = 0; j < d; j++) {
          scale += Math.abs(step[j] * known.times(j, step));
        }
        for (int j = 0; j < d; j++) {
          double exact = step[j] * (known.times(j, step) / 2 + known.times(j, start));
          assertThat(found[i].contributions()[j])
              .as("row %d, value %d of %d", i, j, d)
              .isCloseTo(exact, within(1e-5 * (1 + scale)));
          double apart = step[j] * step[j] * known.precision()[j][j] / 2;
          largestInteraction = Math.max(largestInteraction, Math.abs(exact - apart));
        }
        assertThat(found[i].unexplained()).isCloseTo(0, within(1e-5 * (1 + scale)));
        assertThat(found[i].points()).isEqualTo(IntegratedGradients.FEWEST_POINTS);
      }
      // The control: without what columns do together, it would be another answer.
      assertThat(largestInteraction).isGreaterThan(d == 1 ? -1 : 0.1);
    }
  }

  /** E = w·x. */
  private record Linear(float... slopes) implements Energy {
    @Override
    public Tensor energy(Tensor x, Weights weights) {
      return x.mul(x.scope().upload(slopes, slopes.length)).sumPerRow();
    }
  }

  @Test
  void contributionsToALinearEnergyAreItsSlopesTimesTheSteps() {
    float[] slopes = {2, -1, 0, 0.5f};
    float[] baseline = {1, 1, 1, 1};
    float[] rows = {2, 3, 9, 1};
    Attribution found = explain(new Linear(slopes), baseline, rows)[0];
    assertThat(found.contributions()).containsExactly(new double[] {2, -2, 0, 0}, within(1e-6));
    assertThat(found.unexplained()).isCloseTo(0, within(1e-6));
  }

  @Test
  void contributionsToASumAreSums() {
    int d = 6;
    Energy network =
        new Initialised(
            new Mlp(List.of(16, 16), Activation.TANH), Initialised.Rule.KAIMING_NORMAL, 3);
    Energy gaussian = Known.of(normals(d, 1), normals(d, 2)).energy();
    float[] baseline = normals(d, 4);
    float[] rows = normals(ROWS * d, 3);
    Attribution[] both = explain(new Sum(List.of(network, gaussian)), baseline, rows);
    Attribution[] first = explain(network, baseline, rows);
    Attribution[] second = explain(gaussian, baseline, rows);
    for (int i = 0; i < ROWS; i++) {
      double size = Arrays.stream(first[i].contributions()).map(Math::abs).sum();
      size += Arrays.stream(second[i].contributions()).map(Math::abs).sum();
      for (int j = 0; j < d; j++) {
        double sum = first[i].contributions()[j] + second[i].contributions()[j];
        assertThat(both[i].contributions()[j]).isCloseTo(sum, within(5e-3 * size));
      }
    }
  }

  /** Eight points cannot follow a wave of ten periods: more are taken, or it is said. */
  @Test
  void whatTooFewPointsMissIsReported() {
    float[] baseline = {0, 0};
    float[] rows = {5.25f, 9.4f, 0.125f, 0};
    Energy wave = new Rastrigin(10);
    Attribution[] exact = explain(wave, baseline, rows);
    Attribution[] coarse = explain(wave, baseline, rows, IntegratedGradients.FEWEST_POINTS);
    double energy = 0;
    for (int j = 0; j < 2; j++) {
      double one = rows[j] * rows[j] + 10 - 10 * Math.cos(2 * Math.PI * rows[j]);
      assertThat(exact[0].contributions()[j]).isCloseTo(one, within(1e-3 * one));
      energy += one;
    }
    assertThat(Math.abs(exact[0].unexplained())).isLessThan(1e-3 * energy);
    assertThat(exact[0].points()).isGreaterThan(16);
    assertThat(exact[1].points()).isLessThan(exact[0].points());
    double sum = Arrays.stream(coarse[0].contributions()).sum();
    assertThat(coarse[0].unexplained()).isCloseTo(energy - sum, within(1e-4 * energy));
    assertThat(Math.abs(coarse[0].unexplained())).isGreaterThan(0.05 * energy);
  }

  @Test
  void whereTheEnergyOverflowsThePathIsFollowedAsFarAsItGoes() {
    List<List<Double>> unit = List.of(List.of(1.0, 0.0), List.of(0.0, 1.0));
    Energy gaussian = new Gaussian(List.of(0.0, 0.0), unit);
    float[] rows = {3e30f, 1e30f, Float.MAX_VALUE, -Float.MAX_VALUE, 3, 1};
    Attribution[] found = explain(gaussian, new float[] {0, 0}, rows);
    double[] far = found[0].contributions();
    assertThat(far[0]).isFinite().isGreaterThan(1e36);
    assertThat(far[0] / far[1]).isCloseTo(9, within(1e-3));
    assertThat(found[0].unexplained()).isEqualTo(Double.POSITIVE_INFINITY);
    double[] farther = found[1].contributions();
    assertThat(farther[0]).isFinite().isCloseTo(farther[1], within(1e-3 * farther[1]));
    assertThat(found[2].contributions()).containsExactly(new double[] {4.5, .5}, within(1e-5));
    assertThat(found[2].unexplained()).isCloseTo(0, within(1e-5));
  }

  @Test
  void rowsAreComparedWithTheNearestBaseline() {
    float[] rows = {0.9f, 9, 5, 5};
    Attribution[] found;
    try (RowEnergies open = open(new Linear(1, 1), 2)) {
      Baselines baselines = new Baselines(new float[] {0, 0, 1, 10, 10, 0}, new float[2], 2);
      found = new IntegratedGradients(open, baselines).of(rows);
    }
    assertThat(found[0].baseline()).isEqualTo(1);
    assertThat(found[0].contributions()).containsExactly(new double[] {-.1, -1}, within(1e-6));
    assertThat(found[1].baseline()).as("the second and the third, at 41, are nearer").isEqualTo(1);
  }

  /** A polynomial of a degree below 2n is integrated exactly, one of 2n is not. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void theRuleIsThatOfGauss(int n) {
    GaussLegendre rule = GaussLegendre.of(n);
    for (int degree = 0; degree <= 2 * n; degree++) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        sum += rule.weights()[i] * Math.pow(rule.points()[i], degree);
      }
      double error = Math.abs(sum - 1.0 / (degree + 1));
      if (degree < 2 * n) {
        assertThat(error).isLessThan(1e-14);
      } else {
        assertThat(error).isGreaterThan(1e-11);
      }
    }
    double[] largest = GaussLegendre.of(IntegratedGradients.MOST_POINTS).points();
    assertThat(largest).isSorted().doesNotHaveDuplicates();
    assertThat(largest[0]).isPositive();
    assertThat(largest[255]).isLessThan(1);
  }

  /**
   * Two kinds of rows, one of them rare and of higher energy, and a tenth that is far from both.
   */
  @Test
  void baselinesAreUsualRowsOfEveryKind() {
    int count = 2_000;
    float[] rows = normals(2 * count, 7);
    float[] energies = new float[count];
    for (int i = 0; i < count; i++) {
      energies[i] = (rows[2 * i] * rows[2 * i] + rows[2 * i + 1] * rows[2 * i + 1]) / 2;
      if (i % 10 == 3) {
        rows[2 * i] += 20;
        energies[i] += 5;
      } else if (i % 10 == 7) {
        rows[2 * i] *= 100;
        rows[2 * i + 1] += 500;
        energies[i] += 1000;
      }
    }
    Baselines chosen = Baselines.of(rows, energies, 2);
    assertThat(chosen.size()).isBetween(48, Baselines.MOST);
    int rare = 0;
    double squares = 0;
    for (int b = 0; b < chosen.size(); b++) {
      float x = chosen.rows()[2 * b];
      float y = chosen.rows()[2 * b + 1];
      assertThat(y).isLessThan(10);
      rare += x > 10 ? 1 : 0;
      squares += Math.pow(x > 10 ? x - 20 : x, 2) + y * y;
      assertThat(chosen.nearest(chosen.rows(), 2 * b)).isEqualTo(b);
    }
    assertThat(rare).isGreaterThan(0);
    assertThat(squares / chosen.size()).as("2 of rows at random").isLessThan(1.6);
    // The control: the lowest energies are all of one kind.
    int[] lowest =
        IntStream.range(0, count)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> energies[i]))
            .limit(Baselines.MOST)
            .mapToInt(Integer::intValue)
            .toArray();
    assertThat(Arrays.stream(lowest)).allMatch(i -> i % 10 != 3);
    assertThat(chosen.grid(1)).isSorted().hasSize(Baselines.QUANTILES);
    assertThat(chosen.grid(1)[16]).isBetween(0f, .5f);
    // Copies of one row are one baseline, with one usual value.
    Baselines copies = Baselines.of(new float[100], new float[50], 2);
    assertThat(copies.size()).isEqualTo(1);
    assertThat(copies.grid(0)).containsExactly(0);
    assertThat(Baselines.of(new float[] {1, 2}, new float[] {3}, 2).rows()).containsExactly(1, 2);
  }

  @Test
  void whatWouldBeExpectedIsWhereTheEnergyIsLowest() {
    int d = 5;
    float[] mean = normals(d, 1);
    Known known = Known.of(mean, normals(d, 2));
    float[] row = normals(d, 3);
    float[] grid = new float[33];
    for (int i = 0; i < grid.length; i++) {
      grid[i] = -8 + i / 2f;
    }
    try (RowEnergies open = open(known.energy(), d)) {
      Alternatives alternatives = new Alternatives(open);
      for (int j = 0; j < d; j++) {
        // The conditional mean: μ_j − Σ_{k≠j} P_jk(x_k − μ_k)/P_jj.
        double expected = mean[j];
        for (int k = 0; k < d; k++) {
          double p = known.precision()[j][k] / known.precision()[j][j];
          expected -= k == j ? 0 : p * ((double) row[k] - mean[k]);
        }
        assertThat(alternatives.best(row, j, grid)).isCloseTo((float) expected, within(2e-3f));
        float[] below = {-9, (float) expected - 1};
        assertThat(alternatives.best(row, j, below)).isEqualTo(below[1]);
      }
      float[] levels = {1, 0, 0, 1, mean[0], mean[1]};
      float[] atMean = mean.clone();
      atMean[0] = 7;
      assertThat(alternatives.best(atMean, 0, 2, levels)).isEqualTo(2);
    }
  }
}
