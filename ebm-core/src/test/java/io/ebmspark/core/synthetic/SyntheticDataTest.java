package io.ebmspark.core.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SyntheticDataTest {
  private static final int ROWS = 200_000;

  static Stream<Arguments> knownMoments() {
    double third = Math.sqrt(64.0 / 12);
    return Stream.of(
        // Blobs on a circle: each axis has variance r²/2 + σ².
        Arguments.of(new GaussianMixture(8, 0.05, 1), 0, 0, root(0.5 + 0.0025), root(0.5 + 0.0025)),
        Arguments.of(new EightGaussians(0.02, 2), 0, 0, root(2 + 0.0004), root(2 + 0.0004)),
        // x: cos θ, ±, about ½: variance ½ + ¼. y: means ±(2/π − ¼), second moment as worked out.
        Arguments.of(
            new TwoMoons(0.05),
            0.5,
            0.25,
            root(0.75 + 0.0025),
            root(0.5 + 0.0625 - 1 / Math.PI + 0.0025)),
        Arguments.of(new Circle(0.05, 1), 0, 0, root(0.5 + 0.0025), root(0.5 + 0.0025)),
        // Uniform on [−4, 4] each.
        Arguments.of(new Checkerboard(4), 0, 0, third, third),
        // r² = 4u, of mean 2, half of it on each axis.
        Arguments.of(new Pinwheel(5, 2, 0.1, 5), 0, 0, 1, 1),
        // Ten points on [−1, 1]: variance (n+1)/(3(n−1)).
        Arguments.of(
            new Grid(10, 1, 0.01), 0, 0, root(11.0 / 27 + 0.0001), root(11.0 / 27 + 0.0001)));
  }

  private static double root(double variance) {
    return Math.sqrt(variance);
  }

  @ParameterizedTest
  @MethodSource("knownMoments")
  void meansAndDeviationsAreTheDistributions(
      SyntheticData data, double meanX, double meanY, double deviationX, double deviationY) {
    for (long seed = 0; seed < 3; seed++) {
      float[] rows = data.rows(ROWS, seed);
      checkAxis(rows, 0, meanX, deviationX, 1);
      checkAxis(rows, 1, meanY, deviationY, 1);
    }
    // The control: rows one part in fifty too wide are found out.
    float[] wide = data.rows(ROWS, 0);
    for (int i = 0; i < wide.length; i++) {
      wide[i] *= 1.02f;
    }
    double[] moments = moments(wide, 0);
    assertThat(Math.abs(moments[1] - deviationX)).isGreaterThan(5 * moments[2]);
  }

  /** Five standard errors: of the mean σ/√n, of the deviation √((μ₄/σ⁴ − 1)/n)·σ/2. */
  private static void checkAxis(
      float[] rows, int axis, double mean, double deviation, double part) {
    double[] found = moments(rows, axis);
    assertThat(found[0]).isCloseTo(mean, within(5 * deviation / Math.sqrt(ROWS) * part));
    assertThat(found[1]).isCloseTo(deviation, within(5 * found[2] * part));
  }

  /** Mean, deviation, and the deviation's standard error. */
  private static double[] moments(float[] rows, int axis) {
    int n = rows.length / 2;
    double mean = 0;
    for (int i = 0; i < n; i++) {
      mean += rows[2 * i + axis] / (double) n;
    }
    double second = 0;
    double fourth = 0;
    for (int i = 0; i < n; i++) {
      double square = Math.pow(rows[2 * i + axis] - mean, 2);
      second += square / n;
      fourth += square * square / n;
    }
    double deviation = Math.sqrt(second);
    double error = Math.sqrt((fourth / (second * second) - 1) / n) * deviation / 2;
    return new double[] {mean, deviation, error};
  }

  @Test
  void swissRollIsCentredAndScaled() {
    float[] rows = new SwissRoll(0.05).rows(ROWS, 1);
    double[] x = moments(rows, 0);
    double[] y = moments(rows, 1);
    assertThat(x[0]).isCloseTo(0, within(1e-6));
    assertThat(y[0]).isCloseTo(0, within(1e-6));
    // The scale makes the mean of the two deviations ½ exactly; each is .50 to two digits.
    assertThat((x[1] + y[1]) / 2).isCloseTo(0.5, within(1e-6));
    assertThat(x[1]).isCloseTo(0.5, within(0.015));
    assertThat(y[1]).isCloseTo(0.5, within(0.015));
  }

  @Test
  void pointsLieWhereTheyShould() {
    float[] board = new Checkerboard(4).rows(50_000, 3);
    int[] perSquare = new int[64];
    for (int i = 0; i < board.length; i += 2) {
      int column = (int) Math.floor(board[i]);
      int row = (int) Math.floor(board[i + 1]);
      assertThat(Math.floorMod(column + row, 2)).isOne();
      perSquare[(row + 4) * 8 + column + 4]++;
    }
    // 32 squares of 1562 points each, within five deviations of a binomial.
    for (int square = 0; square < 64; square++) {
      boolean odd = (square / 8 + square % 8) % 2 == 1;
      assertThat((double) perSquare[square])
          .isCloseTo(odd ? 1562.5 : 0, within(odd ? 5 * Math.sqrt(1562.5) : 1e-9));
    }
    float[] eight = new EightGaussians(0.02, 2).rows(8_000, 3);
    int[] perBlob = new int[8];
    for (int i = 0; i < eight.length; i += 2) {
      double angle = Math.atan2(eight[i + 1], eight[i]) * 4 / Math.PI;
      perBlob[(int) Math.floorMod(Math.round(angle), 8L)]++;
      assertThat(Math.hypot(eight[i], eight[i + 1])).isCloseTo(2, within(0.12));
    }
    assertThat(perBlob).containsOnly(1_000);
  }

  @Test
  void rowsComeFromTheirOwnSeedInNoOrder() {
    for (SyntheticData data :
        List.of(
            new EightGaussians(0.02, 2),
            new SwissRoll(0.05),
            new Circle(0.05, 1),
            new Checkerboard(4),
            new Pinwheel(5, 2, 0.1, 5),
            new Grid(10, 1, 0.01),
            new TwoMoons(0.05))) {
      float[] rows = data.rows(4_000, 7);
      assertThat(data.rows(4_000, 7)).isEqualTo(rows);
      assertThat(data.rows(4_000, 8)).isNotEqualTo(rows);
      // Neighbouring rows: independent, so their correlation is within five of 1/√n.
      double product = 0;
      double[] x = moments(rows, 0);
      for (int i = 2; i < rows.length; i += 2) {
        product += (rows[i] - x[0]) * (rows[i - 2] - x[0]) / 3_999;
      }
      assertThat(Math.abs(product / (x[1] * x[1]))).isLessThan(5 / Math.sqrt(4_000));
      assertThat(Arrays.copyOf(rows, 2)).isNotEqualTo(Arrays.copyOfRange(rows, 2, 4));
    }
  }
}
