package io.ebmspark.core.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class DriftTest {
  private static final double[] SHARES = {.3, .2, .15, .1, .1, .05, .05, .03, .01, .01};

  private static long[] draw(double[] shares, int count, SplittableRandom random) {
    long[] counts = new long[shares.length];
    for (int i = 0; i < count; i++) {
      double u = random.nextDouble();
      int bin = 0;
      while (bin < shares.length - 1 && u >= shares[bin]) {
        u -= shares[bin++];
      }
      counts[bin]++;
    }
    return counts;
  }

  /** The survival function at even degrees of freedom: e^(−x/2) Σ (x/2)^j/j!, j below k/2. */
  private static double survival(double x, int freedom) {
    double term = 1;
    double sum = 0;
    for (int j = 0; j < freedom / 2; j++) {
      sum += term;
      term *= x / 2 / (j + 1);
    }
    return Math.exp(-x / 2) * sum;
  }

  @Test
  void chiSquareQuantileIsALittleOnTheSafeSide() {
    for (int freedom = 2; freedom <= 40; freedom += 2) {
      for (double tail : new double[] {.05, .001, 1e-5, 1e-6}) {
        double found = ChiSquare.upper(tail, freedom);
        assertThat(survival(found, freedom))
            .describedAs("tail %s, freedom %s", tail, freedom)
            .isBetween(tail / 5, tail * 1.1);
      }
    }
    assertThat(ChiSquare.upper(.001, 1)).isBetween(10.828, 10.828 * 1.04);
    assertThat(ChiSquare.upper(.001, 0)).isZero();
  }

  /** (.25−.5) ln(.25/.5) + (.75−.5) ln(.75/.5) = .27465, once counts leave smoothing no weight. */
  @Test
  void stabilityIndexIsThatOfTheTextbook() {
    long million = 1_000_000;
    double index =
        PopulationStability.index(
            new long[] {2 * million, 2 * million}, new long[] {million, 3 * million});
    assertThat(index).isCloseTo(.27465, within(1e-5));
    long[] same = {5, 0, 7};
    assertThat(PopulationStability.index(same, same)).isZero();
    // By hand: shares (1.5/5, 3.5/5) and (4.5/5, .5/5), a bin empty in both left out.
    double byHand = .6 * Math.log(3) - .6 * Math.log(.1 / .7);
    assertThat(PopulationStability.index(new long[] {1, 0, 3}, new long[] {4, 0, 0}))
        .isCloseTo(byHand, within(1e-12));
  }

  @Test
  void jensenShannonIsOneForNothingInCommonAndZeroForTheSame() {
    assertThat(JensenShannon.distance(new long[] {3, 0}, new long[] {0, 9}))
        .isCloseTo(1, within(1e-12));
    assertThat(JensenShannon.distance(new long[] {2, 4}, new long[] {1, 2})).isZero();
    // p = (1, 0), q = (½, ½): 1 − ½·H(¼)... in bits: H(¾, ¼) − ½ = .3113.
    assertThat(JensenShannon.distance(new long[] {6, 0}, new long[] {5, 5}))
        .isCloseTo(Math.sqrt(.311278), within(1e-6));
  }

  @Test
  void wassersteinIsTheAreaBetweenTheDistributionFunctions() {
    SplittableRandom random = new SplittableRandom(3);
    double[] edges = {-2, -1, -.5, 0, .25, 1, 4};
    for (int trial = 0; trial < 20; trial++) {
      long[] a = draw(new double[] {.1, .2, .3, .2, .1, .1}, 50, random);
      long[] b = draw(new double[] {.3, .1, .1, .2, .2, .1}, 70, random);
      int steps = 600_000;
      double area = 0;
      for (int i = 0; i < steps; i++) {
        double x = -2 + 6 * (i + .5) / steps;
        area += Math.abs(below(edges, a, x) - below(edges, b, x)) * 6 / steps;
      }
      assertThat(BinnedWasserstein.distance(edges, a, b)).isCloseTo(area, within(1e-5));
    }
    // Evenly spread values that all move by one bin of width 1.
    assertThat(
            BinnedWasserstein.distance(
                new double[] {0, 1, 2, 3, 4}, new long[] {5, 5, 5, 0}, new long[] {0, 9, 9, 9}))
        .isCloseTo(1, within(1e-12));
  }

  private static double below(double[] edges, long[] counts, double x) {
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      double part = (x - edges[i]) / (edges[i + 1] - edges[i]);
      sum += counts[i] * Math.min(1, Math.max(0, part));
    }
    return sum / Arrays.stream(counts).sum();
  }

  private record Pair(long[] old, long[] now) {}

  /** How often a distance exceeds its own noise bound if nothing has moved. */
  private static double exceeding(
      ToDoubleFunction<Pair> distance, ToDoubleFunction<Pair> noise, double[] now, int trials) {
    SplittableRandom random = new SplittableRandom(11);
    int beyond = 0;
    for (int trial = 0; trial < trials; trial++) {
      Pair pair = new Pair(draw(SHARES, 900, random), draw(now, 500, random));
      beyond += distance.applyAsDouble(pair) > noise.applyAsDouble(pair) ? 1 : 0;
    }
    return (double) beyond / trials;
  }

  @Test
  void noiseIsExceededAsOftenAsItSaysAndNotWhereSomethingMoved() {
    double tail = .02;
    int trials = 4_000;
    double error = 4 * Math.sqrt(tail * (1 - tail) / trials);
    ToDoubleFunction<Pair> index = p -> PopulationStability.index(p.old, p.now);
    ToDoubleFunction<Pair> ofIndex = p -> PopulationStability.noise(p.old, p.now, tail);
    ToDoubleFunction<Pair> shannon = p -> JensenShannon.distance(p.old, p.now);
    ToDoubleFunction<Pair> ofShannon = p -> JensenShannon.noise(p.old, p.now, tail);
    double[] edges = {0, 1, 2, 3, 4, 6, 8, 12, 20, 40, 100};
    ToDoubleFunction<Pair> wasserstein = p -> BinnedWasserstein.distance(edges, p.old, p.now);
    ToDoubleFunction<Pair> ofWasserstein = p -> BinnedWasserstein.noise(edges, p.old, p.now, tail);
    assertThat(exceeding(index, ofIndex, SHARES, trials)).isBetween(tail / 4, tail + error);
    assertThat(exceeding(shannon, ofShannon, SHARES, trials)).isBetween(tail / 4, tail + error);
    // A bound rather than a quantile.
    assertThat(exceeding(wasserstein, ofWasserstein, SHARES, trials)).isLessThan(tail);

    double[] moved = {.15, .15, .15, .1, .1, .1, .1, .05, .05, .05};
    assertThat(exceeding(index, ofIndex, moved, 200)).isGreaterThan(.99);
    assertThat(exceeding(shannon, ofShannon, moved, 200)).isGreaterThan(.99);
    assertThat(exceeding(wasserstein, ofWasserstein, moved, 200)).isGreaterThan(.9);
  }

  @Test
  void exceedancesStayWithinTheirNoise() {
    SplittableRandom random = new SplittableRandom(5);
    double tail = .02;
    int trials = 5_000;
    int beyond = 0;
    for (int trial = 0; trial < trials; trial++) {
      double highest = random.doubles(200).max().orElseThrow();
      long above = random.doubles(100).filter(x -> x > highest).count();
      beyond += above / 100.0 > Exceedance.noise(200, 100, tail) ? 1 : 0;
    }
    double error = 4 * Math.sqrt(tail * (1 - tail) / trials);
    assertThat((double) beyond / trials).isBetween(tail / 10, tail + error);
  }

  @Test
  void risesOfASmallShareStayWithinTheirNoise() {
    SplittableRandom random = new SplittableRandom(6);
    double tail = .01;
    int trials = 20_000;
    for (double share : new double[] {.003, .05, .5}) {
      int beyond = 0;
      for (int trial = 0; trial < trials; trial++) {
        long old = random.doubles(300).filter(x -> x < share).count();
        long now = random.doubles(400).filter(x -> x < share).count();
        double rise = now / 400.0 - old / 300.0;
        beyond += rise > Proportion.noise(old, 300, now, 400, tail) ? 1 : 0;
      }
      double error = 4 * Math.sqrt(tail * (1 - tail) / trials);
      assertThat((double) beyond / trials).describedAs("at %s", share).isLessThan(tail + error);
    }
    assertThat(Proportion.noise(0, 300, 40, 400, tail)).isLessThan(.1);
  }

  /**
   * Seventeen values of which most are rare, as pixels have: fewer rows than would show them all.
   */
  @Test
  void unseenCategoriesStayWithinTheirNoise() {
    double[] shares = new double[17];
    Arrays.fill(shares, .25 / 16);
    shares[0] = .75;
    SplittableRandom random = new SplittableRandom(7);
    double tail = .01;
    int trials = 5_000;
    int beyond = 0;
    int beyondOneCategory = 0;
    for (int trial = 0; trial < trials; trial++) {
      long[] old = draw(shares, 100, random);
      long[] now = draw(shares, 150, random);
      long unseen = 0;
      for (int i = 0; i < 17; i++) {
        unseen += old[i] == 0 ? now[i] : 0;
      }
      beyond += unseen / 150.0 > Unseen.noise(old, 150, tail) ? 1 : 0;
      beyondOneCategory += unseen / 150.0 > Exceedance.noise(100, 150, tail) ? 1 : 0;
    }
    double error = 4 * Math.sqrt(tail * (1 - tail) / trials);
    assertThat((double) beyond / trials).isLessThan(tail + error);
    assertThat((double) beyondOneCategory / trials).isGreaterThan(tail + error);
    // If every category was seen often, few values may be new.
    assertThat(Unseen.noise(new long[] {500, 300, 200}, 1000, tail)).isLessThan(.01);
  }

  @Test
  void badCountsAreRefused() {
    assertThatThrownBy(() -> PopulationStability.index(new long[] {1}, new long[] {1, 2}))
        .hasMessageContaining("same bins");
    assertThatThrownBy(() -> JensenShannon.distance(new long[] {0}, new long[] {1}))
        .hasMessageContaining("counts of values");
    assertThatThrownBy(
            () -> BinnedWasserstein.distance(new double[] {1, 0}, new long[] {1}, new long[] {1}))
        .hasMessageContaining("ascend");
  }
}
