package io.ebmspark.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  /** Energies on a few levels, so that there are many ties. */
  private static float[] energies(int n, Random random) {
    float[] energies = new float[n];
    for (int i = 0; i < n; i++) {
      energies[i] = random.nextInt(12) - 4.5f;
    }
    return energies;
  }

  private static double bruteForce(float[] held, double energy) {
    int above = 0;
    for (float other : held) {
      above += other >= energy ? 1 : 0;
    }
    return (1.0 + above) / (held.length + 1.0);
  }

  @Test
  void pValuesAreThoseOfTheDefinition() {
    Random random = new Random(1);
    for (int n : new int[] {1, 2, 7, 100, 1001}) {
      float[] held = energies(n, random);
      Calibration calibration = Calibration.of(held);
      for (int i = 0; i < 200; i++) {
        double energy = (random.nextInt(40) - 10) / 2.0;
        assertThat(calibration.pValue(energy)).isEqualTo(bruteForce(held, energy));
        int rank = calibration.rank(calibration.pValue(energy));
        assertThat(calibration.pValueOfRank(rank)).isEqualTo(calibration.pValue(energy));
      }
      assertThat(calibration.pValue(Double.POSITIVE_INFINITY)).isEqualTo(1.0 / (n + 1));
      assertThat(calibration.pValue(Double.NEGATIVE_INFINITY)).isEqualTo(1);
      assertThat(calibration.pValue(Double.NaN)).isNaN();
      assertThat(calibration.smallestRate()).isEqualTo(1.0 / (n + 1));
    }
  }

  @Test
  void theGivenArrayStaysAsItIs() {
    float[] held = {3, 1, 2};
    Calibration calibration = Calibration.of(held);
    assertThat(held).containsExactly(3, 1, 2);
    assertThat(calibration.energies()).containsExactly(1, 2, 3);
    calibration.energies()[0] = 9;
    assertThat(calibration.energies()).containsExactly(1, 2, 3);
    assertThat(calibration.rows()).isEqualTo(3);
  }

  @Test
  void aThresholdIsTheLowestEnergyThatIsFlagged() {
    Random random = new Random(2);
    for (int n : new int[] {1, 2, 9, 99, 100, 999}) {
      Calibration calibration = Calibration.of(energies(n, random));
      for (double rate : new double[] {.001, .01, .05, .07, .1, .29, .57, .999}) {
        if (rate < calibration.smallestRate()) {
          assertThatThrownBy(() -> calibration.threshold(rate))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("smallest of " + n);
          continue;
        }
        float threshold = calibration.threshold(rate);
        assertThat(calibration.pValue(threshold)).isLessThanOrEqualTo(rate);
        assertThat(calibration.pValue(Math.nextDown(threshold))).isGreaterThan(rate);
      }
      assertThatThrownBy(() -> calibration.threshold(1.0)).hasMessageContaining("and 1");
      assertThatThrownBy(() -> calibration.threshold(Double.NaN)).hasMessageContaining("NaN");
    }
  }

  @Test
  void ratesTellHowManyRowsTheyTake() {
    assertThat(Calibration.rowsFor(.001)).isEqualTo(999);
    assertThat(Calibration.rowsFor(.01)).isEqualTo(99);
    assertThat(Calibration.rowsFor(.3)).isEqualTo(3);
    for (double rate : new double[] {.5, .1, .07, .03, .013, .0001}) {
      long rows = Calibration.rowsFor(rate);
      assertThat(1 / (rows + 1.0)).isLessThanOrEqualTo(rate);
      assertThat(1.0 / rows).isGreaterThan(rate);
    }
  }

  @Test
  void badEnergiesAreRefused() {
    assertThatThrownBy(() -> Calibration.of(new float[0])).hasMessageContaining("at least one");
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> Calibration.of(new float[] {1, bad}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("holds the energy " + bad);
    }
  }

  /** Benjamini and Hochberg by sorting the rows' p-values. */
  private static List<Double> flaggedBySorting(List<Double> pValues, double rate) {
    List<Double> sorted = new ArrayList<>(pValues);
    Collections.sort(sorted);
    int flagged = 0;
    for (int i = 1; i <= sorted.size(); i++) {
      if (sorted.get(i - 1) * sorted.size() <= rate * i) {
        flagged = i;
      }
    }
    return sorted.subList(0, flagged);
  }

  @Test
  void falseDiscoveriesAreThoseOfSortedPValues() {
    Random random = new Random(3);
    int none = 0;
    for (int round = 0; round < 500; round++) {
      int n = 1 + random.nextInt(60);
      Calibration calibration = Calibration.of(energies(n, random));
      List<Double> pValues = new ArrayList<>();
      long[] counts = new long[n + 1];
      for (int i = 0; i < 1 + random.nextInt(80); i++) {
        double p = calibration.pValue(random.nextInt(12) - 4.5 + (i % 3 == 0 ? 9 : 0));
        pValues.add(p);
        counts[calibration.rank(p) - 1]++;
      }
      double rate = new double[] {.03, .1, .2, .5}[round % 4];
      List<Double> expected = flaggedBySorting(pValues, rate);
      int rank = FalseDiscoveries.rank(counts, rate);
      double cut = rank == 0 ? 0 : calibration.pValueOfRank(rank);
      assertThat(pValues.stream().filter(p -> p <= cut).sorted().toList()).isEqualTo(expected);
      none += rank == 0 ? 1 : 0;
    }
    assertThat(none).isBetween(50, 450);
  }

  @Test
  void whereNothingIsFlaggedItIsKnownWhatItWouldTake() {
    long[] counts = new long[100];
    counts[99] = 1000;
    assertThat(FalseDiscoveries.rank(counts, .1)).isZero();
    assertThat(FalseDiscoveries.rank(new long[5], .1)).isZero();
    long fewest = FalseDiscoveries.fewest(1000, 99, .1);
    assertThat(fewest).isEqualTo(100);
    counts[0] = fewest;
    counts[99] -= fewest;
    assertThat(FalseDiscoveries.rank(counts, .1)).isEqualTo(1);
    counts[0]--;
    counts[99]++;
    assertThat(FalseDiscoveries.rank(counts, .1)).isZero();
  }

  /**
   * A model that knows its 40 training rows by heart: the energy is the distance to the nearest.
   * Thresholds from held-out rows keep the rate; percentiles of the training rows are far off.
   */
  @Test
  void claimedRatesHoldForNewRowsAndThoseOfTrainingRowsDoNot() {
    double rate = .1;
    int rounds = 400;
    int fresh = 50;
    int n = 39;
    for (long seed = 0; seed < 3; seed++) {
      Random random = new Random(seed);
      double held = 0;
      double trained = 0;
      for (int round = 0; round < rounds; round++) {
        double[] training = random.doubles(40).toArray();
        Calibration byHeldOut = Calibration.of(nearest(training, random.doubles(n).toArray()));
        // Each training row is its own neighbour, apart from a little noise.
        double[] again = Arrays.stream(training).map(x -> x + 1e-3 * random.nextDouble()).toArray();
        Calibration byTraining = Calibration.of(nearest(training, again));
        for (float energy : nearest(training, random.doubles(fresh).toArray())) {
          held += byHeldOut.pValue(energy) <= rate ? 1 : 0;
          trained += byTraining.pValue(energy) <= rate ? 1 : 0;
        }
      }
      // Of one calibration the share flagged is Beta(k, n+1−k) distributed, k = α(n+1) = 4.
      double variance = rate * (1 - rate) / (n + 2) + rate * (1 - rate) / fresh;
      double error = Math.sqrt(variance / rounds);
      assertThat(held / (rounds * fresh)).isCloseTo(rate, within(4 * error));
      assertThat(trained / (rounds * fresh)).isGreaterThan(5 * rate);
    }
  }

  private static float[] nearest(double[] training, double[] rows) {
    float[] energies = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      double x = rows[i];
      energies[i] = (float) Arrays.stream(training).map(t -> Math.abs(t - x)).min().orElseThrow();
    }
    return energies;
  }

  /**
   * A fifth of the rows are planted anomalies; at most a share q of those flagged should be usual.
   */
  @Test
  void falseDiscoveriesAreAsFewAsClaimed() {
    for (double rate : new double[] {.05, .2}) {
      int rounds = 600;
      double[] shares = new double[rounds];
      double found = 0;
      Random random = new Random(7);
      for (int round = 0; round < rounds; round++) {
        Calibration calibration = Calibration.of(normals(400, 0, random));
        float[] usual = normals(200, 0, random);
        float[] planted = normals(50, 3, random);
        long[] counts = new long[401];
        for (float[] rows : List.of(usual, planted)) {
          for (float energy : rows) {
            counts[calibration.rank(calibration.pValue(energy)) - 1]++;
          }
        }
        int rank = FalseDiscoveries.rank(counts, rate);
        int wrong = flagged(calibration, usual, rank);
        int right = flagged(calibration, planted, rank);
        shares[round] = wrong / Math.max(1.0, wrong + right);
        found += right / 50.0 / rounds;
      }
      double mean = Arrays.stream(shares).average().orElseThrow();
      double variance = Arrays.stream(shares).map(s -> (s - mean) * (s - mean)).sum() / rounds;
      double error = Math.sqrt(variance / rounds);
      // The procedure keeps q times the share of usual rows, 200 of 250.
      assertThat(mean).isCloseTo(.8 * rate, within(4 * error + .002));
      assertThat(mean).isLessThan(rate + 4 * error);
      assertThat(found).isGreaterThan(.5);
    }
  }

  private static float[] normals(int n, double mean, Random random) {
    float[] energies = new float[n];
    for (int i = 0; i < n; i++) {
      energies[i] = (float) (mean + random.nextGaussian());
    }
    return energies;
  }

  private static int flagged(Calibration calibration, float[] rows, int rank) {
    int flagged = 0;
    for (float energy : rows) {
      flagged += calibration.rank(calibration.pValue(energy)) <= rank ? 1 : 0;
    }
    return flagged;
  }
}
