package io.ebmspark.core.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.energy.GaussianMixture;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.Hmc;
import io.ebmspark.core.schedule.Schedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Comparisons of samples with samples, and with densities. */
class DistributionTestsTest {
  private static float[] normals(int count, long seed) {
    float[] values = new float[count];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, count);
    return values;
  }

  private static float[] shifted(float[] values, double by) {
    float[] moved = values.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += (float) by;
    }
    return moved;
  }

  /** A p-value is uniform where nothing differs: of 40, more than 8 below .05 has odds of 1e-4. */
  @Test
  void meanDiscrepancyRejectsWhatDiffersAndOnlyThat() {
    int rejected = 0;
    double sum = 0;
    for (long seed = 0; seed < 40; seed++) {
      float[] first = normals(160, 2 * seed);
      float[] second = normals(160, 2 * seed + 1);
      MaximumMeanDiscrepancy same = MaximumMeanDiscrepancy.between(first, second, 2, 99, seed);
      rejected += same.pValue() <= 0.05 ? 1 : 0;
      sum += same.squared();
    }
    assertThat(rejected).isLessThan(8);
    // Unbiased: its mean over the seeds is 0, within five of its spread of about .005 over √40.
    assertThat(sum / 40).isCloseTo(0, within(5 * 0.006 / Math.sqrt(40)));
    MaximumMeanDiscrepancy other =
        MaximumMeanDiscrepancy.between(normals(400, 1), shifted(normals(400, 2), 0.7), 2, 99, 1);
    assertThat(other.pValue()).isEqualTo(0.01);
    assertThat(other.squared()).isGreaterThan(0.05);
  }

  /** By all distances at once, sorted; some of them tie, and some rows are the same. */
  @Test
  void meanDiscrepancyIsThatOfAllDistancesHeldAtOnce() {
    for (int count : new int[] {2, 3, 57}) {
      float[] first = normals(2 * count, count);
      float[] second = shifted(normals(2 * count, 100 + count), 0.5);
      for (int i = 0; i < first.length / 2; i++) {
        first[i] = Math.round(first[i]);
      }
      int all = 2 * count;
      List<Float> squares = new ArrayList<>();
      double sum = 0;
      MaximumMeanDiscrepancy found = MaximumMeanDiscrepancy.between(first, second, 2, 0, 0);
      for (int i = 0; i < all; i++) {
        for (int j = 0; j < i; j++) {
          double square = 0;
          for (int k = 0; k < 2; k++) {
            double of = i < count ? first[2 * i + k] : second[2 * (i - count) + k];
            double its = j < count ? first[2 * j + k] : second[2 * (j - count) + k];
            square += (of - its) * (of - its);
          }
          squares.add((float) square);
          double kernel = Math.exp(-square / (2 * found.bandwidth() * found.bandwidth()));
          sum +=
              (i < count) == (j < count)
                  ? 2 * kernel / (count * (count - 1.0))
                  : -2 * kernel / ((double) count * count);
        }
      }
      Collections.sort(squares);
      assertThat(found.bandwidth()).isEqualTo(Math.sqrt(squares.get(squares.size() / 2)));
      assertThat(found.squared()).isCloseTo(sum, within(1e-6));
    }
    float[] same = new float[20];
    assertThat(MaximumMeanDiscrepancy.between(same, same, 2, 0, 0).squared()).isZero();
  }

  /**
   * Between N(0,1) and N(δ,1) it is {@code 2E|δ + √2Z| − 4/√π}; at δ = 1, 0.5207 by quadrature of
   * the folded normal's mean.
   */
  @Test
  void energyDistanceOfShiftedNormalsIsKnown() {
    double delta = 1;
    double sigma = Math.sqrt(2);
    double phi = 0.5 * (1 + erf(delta / (sigma * Math.sqrt(2))));
    double folded =
        sigma * Math.sqrt(2 / Math.PI) * Math.exp(-delta * delta / (2 * sigma * sigma))
            + delta * (2 * phi - 1);
    double known = 2 * folded - 4 / Math.sqrt(Math.PI);
    int n = 3_000;
    for (long seed = 0; seed < 3; seed++) {
      double found =
          EnergyDistance.between(normals(n, 10 + seed), shifted(normals(n, 20 + seed), delta), 1);
      // h is bounded by distances of deviation about 1, so the error is near 2/√n.
      assertThat(found).isCloseTo(known, within(5 * 2 / Math.sqrt(n)));
      double none = EnergyDistance.between(normals(n, 30 + seed), normals(n, 40 + seed), 1);
      assertThat(Math.abs(none)).isLessThan(0.01);
    }
  }

  /** Abramowitz and Stegun 7.1.26, to 1.5e-7. */
  private static double erf(double x) {
    double t = 1 / (1 + 0.3275911 * x);
    double poly =
        t
            * (0.254829592
                + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return 1 - poly * Math.exp(-x * x);
  }

  @Test
  void modeCoverageCountsModesAndStrays() {
    float[] modes = {0, 0, 10, 0, 0, 10};
    float[] rows = {0, 0.5f, 0.2f, 0, 10, 0.1f, 5, 5};
    ModeCoverage coverage = ModeCoverage.of(rows, modes, 2, 1);
    assertThat(coverage.shares()).containsExactly(0.5, 0.25, 0);
    assertThat(coverage.astray()).isEqualTo(0.25);
    assertThat(coverage.covered(0.5)).isEqualTo(2);
    assertThat(coverage.covered(1)).isEqualTo(1);
  }

  @Test
  void steinDiscrepancyRejectsSamplesOfAnotherDensity() {
    int rejected = 0;
    for (long seed = 0; seed < 30; seed++) {
      float[] rows = normals(300, 100 + seed);
      rejected += stein(rows, seed).pValue() <= 0.05 ? 1 : 0;
    }
    // Of 30 at the 5 % level, more than 7 has odds of 1e-4.
    assertThat(rejected).isLessThan(8);
    float[] wide = normals(600, 1);
    for (int i = 0; i < wide.length; i++) {
      wide[i] *= 1.4f;
    }
    assertThat(stein(wide, 1).pValue()).isLessThanOrEqualTo(0.02);
    assertThat(stein(shifted(normals(600, 2), 0.3), 1).pValue()).isLessThanOrEqualTo(0.02);
  }

  /** Against N(0, I), whose score is −x. */
  private static SteinDiscrepancy stein(float[] rows, long seed) {
    float[] scores = rows.clone();
    for (int i = 0; i < scores.length; i++) {
      scores[i] = -scores[i];
    }
    return SteinDiscrepancy.of(rows, scores, 2, 99, seed);
  }

  /** log Z of a Gaussian energy in 8 dimensions: {@code d/2·log 2πT + ½ log det Σ}. */
  @Test
  void annealingBoundsTheNormaliserFromBothSides() {
    int d = 8;
    double temperature = 0.5;
    List<List<Double>> covariance = new ArrayList<>();
    double logDeterminant = 0;
    float[] rows = normals(200 * d, 6);
    for (int i = 0; i < d; i++) {
      double variance = 0.5 + 0.25 * i;
      int row = i;
      covariance.add(IntStream.range(0, d).mapToObj(j -> j == row ? variance : 0.0).toList());
      logDeterminant += Math.log(variance);
      for (int k = i; k < rows.length; k += d) {
        rows[k] *= (float) Math.sqrt(variance * temperature);
      }
    }
    Energy energy = new Gaussian(java.util.Collections.nCopies(d, 0.0), covariance);
    double known = d / 2.0 * Math.log(2 * Math.PI * temperature) + logDeterminant / 2;
    AnnealedImportanceSampling ais =
        new AnnealedImportanceSampling(120, 1.5, new Hmc(Schedule.of(0.3), 3, 1));
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy bound = energy.prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
      for (long seed = 0; seed < 3; seed++) {
        var lower = ais.lower(bound, new long[] {d}, temperature, 200, seed);
        var upper = ais.upper(bound, new long[] {d}, temperature, rows, seed);
        assertThat(lower.logZ()).isCloseTo(known, within(5 * lower.standardError() + 1e-3));
        assertThat(upper.logZ()).isCloseTo(known, within(5 * upper.standardError() + 1e-3));
        assertThat(lower.effectiveChains()).isBetween(50.0, 200.0);
        assertThat(lower.negativeLogLikelihood(1, temperature)).isEqualTo(2 + lower.logZ());
      }
      // A path of two steps is too short: the bounds part, each to its own side.
      AnnealedImportanceSampling hasty =
          new AnnealedImportanceSampling(2, 1.5, new Hmc(Schedule.of(0.3), 3, 1));
      var lower = hasty.lower(bound, new long[] {d}, temperature, 200, 1);
      var upper = hasty.upper(bound, new long[] {d}, temperature, rows, 1);
      assertThat(lower.effectiveChains()).isLessThan(60);
      assertThat(upper.logZ() - lower.logZ()).isGreaterThan(0.01);
    }
  }

  /** The normalised mixture of the oracles: log Z is 0, and the NLL of its own rows −.158. */
  @Test
  void mixtureIsNormalisedAndItsLikelihoodKnown() {
    int modes = 5;
    List<List<Double>> means = new ArrayList<>();
    List<List<List<Double>>> covariances = new ArrayList<>();
    for (int k = 0; k < modes; k++) {
      double angle = 2 * Math.PI * k / modes;
      means.add(List.of(1.5 * Math.cos(angle), 1.5 * Math.sin(angle)));
      covariances.add(List.of(List.of(0.01, 0.0), List.of(0.0, 0.01)));
    }
    Energy energy =
        new GaussianMixture(java.util.Collections.nCopies(modes, 1.0), means, covariances);
    float[] rows = new io.ebmspark.core.synthetic.GaussianMixture(modes, 0.1, 1.5).rows(20_000, 3);
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy bound = energy.prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
      double mean = bound.at(scope.upload(rows, rows.length / 2, 2)).mean().toDouble();
      // −log p of a row has deviation 1 (half a χ² of two degrees).
      assertThat(mean).isCloseTo(-0.158, within(5 / Math.sqrt(20_000) + 5e-4));
      AnnealedImportanceSampling ais =
          new AnnealedImportanceSampling(400, 1.5, new Hmc(Schedule.of(0.08), 5, 1));
      var lower = ais.lower(bound, new long[] {2}, 1, 400, 1);
      assertThat(lower.logZ()).isCloseTo(0, within(5 * lower.standardError()));
    }
  }

  @Test
  void badRowsAreRefused() {
    assertThatThrownBy(() -> EnergyDistance.between(new float[3], new float[4], 2))
        .hasMessageContaining("width 2");
    assertThatThrownBy(() -> FalsePositiveRate.at(0, new float[1], new float[1]))
        .hasMessageContaining("recall");
  }
}
