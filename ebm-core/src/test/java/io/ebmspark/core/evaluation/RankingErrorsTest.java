package io.ebmspark.core.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Standard errors of rankings, rank correlation, and corrupted rows. */
class RankingErrorsTest {
  private static float[] normals(int count, double shift, long seed) {
    float[] values = new float[count];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, count);
    for (int i = 0; i < count; i++) {
      values[i] += (float) shift;
    }
    return values;
  }

  private static double deviation(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    return Math.sqrt(
        Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1));
  }

  @Test
  void placementsCountPairs() {
    Placements placed = Placements.of(new float[] {1, 2, 2}, new float[] {2, 3});
    assertThat(placed.ofPositives()).containsExactly(2.0 / 3, 1);
    assertThat(placed.ofNegatives()).containsExactly(1, 0.75, 0.75);
    assertThat(placed.area())
        .isCloseTo(Auroc.of(new float[] {1, 2, 2}, new float[] {2, 3}), within(1e-15));
    // Sample variances of the placements over their counts: (1/18)/2 and (1/48)/3.
    assertThat(placed.standardError()).isCloseTo(Math.sqrt(1.0 / 36 + 1.0 / 144), within(1e-15));
    assertThat(Placements.of(new float[] {1}, new float[] {2, 3}).standardError()).isNaN();
  }

  /** Against the spread over 300 fresh samples, whose own relative error is 1/√600 = 4 %. */
  @Test
  void errorsOfAreasAndPrecisionsAreTheirSpreadOverSamples() {
    int trials = 300;
    double[] areas = new double[trials];
    double[] precisions = new double[trials];
    double[] areaDifferences = new double[trials];
    double[] precisionDifferences = new double[trials];
    double areaError = 0;
    double precisionError = 0;
    double areaDifferenceError = 0;
    double precisionDifferenceError = 0;
    for (int t = 0; t < trials; t++) {
      float[] low = normals(300, 0, 4L * t);
      float[] high = normals(80, 1.2, 4L * t + 1);
      float[] noisyLow = plus(low, normals(300, 0, 4L * t + 2), 0.5);
      float[] noisyHigh = plus(high, normals(80, 0, 4L * t + 3), 0.5);
      Placements sharp = Placements.of(low, high);
      Placements blurred = Placements.of(noisyLow, noisyHigh);
      PrecisionBootstrap precise = PrecisionBootstrap.of(low, high, 60, t);
      PrecisionBootstrap vague = PrecisionBootstrap.of(noisyLow, noisyHigh, 60, t);
      areas[t] = sharp.area();
      areaDifferences[t] = sharp.area() - blurred.area();
      precisions[t] = AveragePrecision.of(low, high);
      precisionDifferences[t] = precisions[t] - AveragePrecision.of(noisyLow, noisyHigh);
      areaError += sharp.standardError() / trials;
      areaDifferenceError += sharp.standardErrorOfDifference(blurred) / trials;
      precisionError += precise.standardError() / trials;
      precisionDifferenceError += precise.standardErrorOfDifference(vague) / trials;
    }
    assertThat(areaError / deviation(areas)).isCloseTo(1, within(0.17));
    assertThat(areaDifferenceError / deviation(areaDifferences)).isCloseTo(1, within(0.17));
    // The bootstrap of a non-linear statistic of 80 rows is a little off by itself.
    assertThat(precisionError / deviation(precisions)).isCloseTo(1, within(0.22));
    assertThat(precisionDifferenceError / deviation(precisionDifferences))
        .isCloseTo(1, within(0.25));
    // Pairing is what makes small differences visible: as if apart, the error is larger.
    assertThat(areaDifferenceError).isLessThan(0.8 * areaError);
  }

  private static float[] plus(float[] values, float[] noise, double factor) {
    float[] sums = new float[values.length];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = values[i] + (float) factor * noise[i];
    }
    return sums;
  }

  @Test
  void rankCorrelationIsThatOfTheTextbook() {
    // Ranks 1 2.5 2.5 4 against 1 3 2 4: 1 − (6·0.5)/(4·15) corrected for the tie is .9487.
    assertThat(RankCorrelation.of(new float[] {1, 2, 2, 5}, new float[] {0, 9, 7, 10}).value())
        .isCloseTo(0.9486833, within(1e-6));
    float[] values = normals(500, 0, 1);
    float[] exponentials = new float[values.length];
    float[] falling = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      exponentials[i] = (float) Math.exp(values[i]);
      falling[i] = -values[i];
    }
    assertThat(RankCorrelation.of(values, exponentials).value()).isCloseTo(1, within(1e-12));
    assertThat(RankCorrelation.of(values, falling).value()).isCloseTo(-1, within(1e-12));
    assertThat(RankCorrelation.of(values, new float[500]).value()).isNaN();
    // For normals correlated by ρ it is 6/π·asin(ρ/2): .6829 at ρ = 1/√2.
    float[] other = plus(values, normals(500, 0, 2), 1);
    // Its standard error is about .6/√500.
    assertThat(RankCorrelation.of(values, other).value())
        .isCloseTo(0.6902, within(5 * 0.6 / Math.sqrt(500)));
  }

  /** Normals correlated by ρ, whose rank correlation is 6/π·asin(ρ/2). */
  private static RankCorrelation correlated(int count, double rho, boolean rounded, long seed) {
    float[] first = normals(count, 0, 2 * seed);
    float[] noise = normals(count, 0, 2 * seed + 1);
    float[] second = new float[count];
    for (int i = 0; i < count; i++) {
      second[i] = (float) (rho * first[i] + Math.sqrt(1 - rho * rho) * noise[i]);
      if (rounded) {
        first[i] = Math.round(first[i]);
        second[i] = Math.round(second[i]);
      }
    }
    return RankCorrelation.of(first, second);
  }

  /**
   * Against the spread over 600 fresh samples, whose own relative error is 1/√1200 = 2.9 %, taken
   * 4.5 times, with what the delta method is off by at that many rows, of the order of 1/n.
   */
  @Test
  void errorsOfRankCorrelationsAreTheirSpreadOverSamples() {
    int trials = 600;
    for (int count : new int[] {30, 100, 400}) {
      for (double rho : new double[] {0, 0.6, 0.9}) {
        for (boolean rounded : new boolean[] {false, true}) {
          double[] values = new double[trials];
          double error = 0;
          for (int t = 0; t < trials; t++) {
            RankCorrelation found = correlated(count, rho, rounded, t);
            values[t] = found.value();
            error += found.standardError() / trials;
          }
          assertThat(error / deviation(values))
              .as("%d rows, ρ = %s, rounded %s", count, rho, rounded)
              .isCloseTo(1, within(0.13 + 3.0 / count));
          // The control: the error that there would be without any correlation.
          double without = 1 / Math.sqrt(count - 1.0);
          if (rho == 0.9) {
            assertThat(without / deviation(values)).isGreaterThan(1.5);
          }
        }
      }
    }
  }

  /** A limit of .8, at the worst: where the true correlation is just that. */
  @Test
  void aRankCorrelationAtTheLimitIsNotTakenForALowerOne() {
    int trials = 1_000;
    double atLimit = 2 * Math.sin(Math.PI / 6 * 0.8);
    for (int count : new int[] {30, 60, 200}) {
      int byChance = 0;
      int withoutMargin = 0;
      int ofNone = 0;
      for (int t = 0; t < trials; t++) {
        RankCorrelation same = correlated(count, atLimit, false, t);
        byChance += same.isBelow(0.8, 4) ? 1 : 0;
        withoutMargin += same.isBelow(0.8, 0) ? 1 : 0;
        ofNone += correlated(count, 0, false, t).isBelow(0.8, 4) ? 1 : 0;
      }
      assertThat(byChance).as("%d rows", count).isLessThanOrEqualTo(5);
      assertThat(withoutMargin).as("%d rows, the control", count).isBetween(400, 620);
      assertThat(ofNone).as("%d rows, ranked otherwise", count).isGreaterThan(900);
    }
  }

  @Test
  void certainCorrelationsHaveNoMargin() {
    float[] values = normals(50, 0, 1);
    float[] falling = new float[50];
    for (int i = 0; i < 50; i++) {
      falling[i] = -values[i];
    }
    assertThat(RankCorrelation.of(values, values).standardError()).isCloseTo(0, within(1e-9));
    assertThat(RankCorrelation.of(values, values).isBelow(1, 4)).isFalse();
    assertThat(RankCorrelation.of(values, falling).isBelow(0.8, 4)).isTrue();
    assertThat(new RankCorrelation(0, 0).isBelow(0.8, 4)).isTrue();
    assertThat(new RankCorrelation(0.75, 0.07).isBelow(0.8, 4)).isFalse();
    assertThat(new RankCorrelation(0.75, 0.002).isBelow(0.8, 4)).isTrue();
  }

  @Test
  void corruptedRowsKeepEveryColumnAndLoseHalfOfEachRow() {
    int width = 5;
    int count = 400;
    float[] rows = new float[count * width];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    float[] corrupted = CorruptedRows.of(rows, width, 3);
    assertThat(CorruptedRows.of(rows, width, 3)).isEqualTo(corrupted);
    assertThat(CorruptedRows.of(rows, width, 4)).isNotEqualTo(corrupted);
    int[] ofColumn = new int[width];
    for (int row = 0; row < count; row++) {
      int changed = 0;
      for (int i = 0; i < width; i++) {
        int at = row * width + i;
        assertThat((int) corrupted[at] % width).isEqualTo(i);
        changed += corrupted[at] == rows[at] ? 0 : 1;
        ofColumn[i] += corrupted[at] == rows[at] ? 0 : 1;
      }
      assertThat(changed).isEqualTo(2);
    }
    // Each column in 2/5 of the rows, with a deviation of √(400·.24) = 9.8.
    for (int changed : ofColumn) {
      assertThat((double) changed).isCloseTo(160, within(49.0));
    }
    assertThatThrownBy(() -> CorruptedRows.of(rows, 1, 3)).hasMessageContaining("one column");
  }
}
