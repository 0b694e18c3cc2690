package io.ebmspark.core.evaluation;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Spearman's rank correlation (Spearman 1904), the correlation of ranks, those that tie sharing
 * their mean; with its standard error by the delta method, whatever the true correlation (Borkowf
 * 2002).
 *
 * <p>With F and G the shares of rows at or below a score, ties counting half, the correlation is
 * {@code C/√(VW)}, where {@code C = E[(F−½)(G−½)]}, {@code V = E(F−½)²} and {@code W = E(G−½)²}.
 * One more row at (x, y) moves C along {@code (F(x)−½)(G(y)−½) + E[s(x, X)(G(Y)−½)] + E[s(y,
 * Y)(F(X)−½)] − 3C}, where s(x, X) is 1 if x lies below X and ½ if they tie: by what the row is,
 * and by the ranks that it moves. V and W move likewise, if only where scores tie. The standard
 * error is the root mean square of these moves of {@code C/√(VW)} over the root of the number of
 * rows.
 *
 * @param value in [−1, 1]; NaN where all scores of a side are one
 * @param standardError NaN likewise
 */
public record RankCorrelation(double value, double standardError) {
  /**
   * The correlation of two scores of the same rows.
   *
   * @param first scores, none of them NaN
   * @param second scores of the same rows in the same order
   */
  public static RankCorrelation of(float[] first, float[] second) {
    if (first.length != second.length || first.length < 2) {
      throw new IllegalArgumentException(
          "needs as many scores of each, two or more, got "
              + first.length
              + " and "
              + second.length);
    }
    Ranks a = Ranks.of(first);
    Ranks b = Ranks.of(second);
    double product = sumOfProducts(a.centred, b.centred);
    double squaresOfA = sumOfProducts(a.centred, a.centred);
    double squaresOfB = sumOfProducts(b.centred, b.centred);
    double value = product / Math.sqrt(squaresOfA * squaresOfB);
    double[] ofProduct = moves(a, b, product);
    double[] ofA = moves(a, a, squaresOfA);
    double[] ofB = moves(b, b, squaresOfB);
    double squares = 0;
    for (int i = 0; i < first.length; i++) {
      double move =
          ofProduct[i] / Math.sqrt(squaresOfA * squaresOfB)
              - value / 2 * (ofA[i] / squaresOfA + ofB[i] / squaresOfB);
      squares += move * move;
    }
    // The moves are of sums over n rows, of which a row's own part is 1/n.
    return new RankCorrelation(value, Math.sqrt(squares * first.length / (first.length - 1.0)));
  }

  /**
   * Whether the correlation is below a limit by more than so many of its standard errors, both
   * taken to Fisher's {@code atanh}, on which the error hardly depends on the correlation (Fisher
   * 1921): so a correlation at the limit is rarely taken for one below it, and none at all is not
   * hidden by its own, larger error, however few the rows.
   */
  public boolean isBelow(double limit, double deviations) {
    return value < least(limit, deviations);
  }

  /** What it must be not to be below a limit: the limit itself, less so many standard errors. */
  public double least(double limit, double deviations) {
    double noise = deviations * standardError / (1 - value * value);
    // Of values that are in the same order, or the opposite one, nothing is left to chance.
    boolean isExact = !(noise > 0 && Double.isFinite(noise));
    return isExact ? limit : Math.tanh(atanh(limit) - noise);
  }

  private static double atanh(double x) {
    return 0.5 * Math.log((1 + x) / (1 - x));
  }

  private static double sumOfProducts(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** How far each row moves the sum of the products of the ranks; these sum up to 0. */
  private static double[] moves(Ranks a, Ranks b, double product) {
    double[] above = a.sumsAbove(b.centred);
    double[] other = b.sumsAbove(a.centred);
    double[] moves = new double[above.length];
    for (int i = 0; i < moves.length; i++) {
      moves[i] = a.centred[i] * b.centred[i] + above[i] + other[i] - 3 * product / moves.length;
    }
    return moves;
  }

  /**
   * The ranks of some scores.
   *
   * @param order the rows by their scores, lowest first
   * @param scores which tie where they are equal
   * @param centred ranks less their mean
   */
  private record Ranks(int[] order, float[] scores, double[] centred) {
    static Ranks of(float[] scores) {
      int[] order =
          IntStream.range(0, scores.length)
              .boxed()
              .sorted((i, j) -> Float.compare(scores[i], scores[j]))
              .mapToInt(Integer::intValue)
              .toArray();
      double mean = (scores.length - 1) / 2.0;
      double[] centred = new double[scores.length];
      for (int from = 0; from < order.length; ) {
        int to = endOfTie(order, scores, from);
        for (int i = from; i < to; i++) {
          centred[order[i]] = (from + to - 1) / 2.0 - mean;
        }
        from = to;
      }
      return new Ranks(order, scores, centred);
    }

    private static int endOfTie(int[] order, float[] scores, int from) {
      int to = from;
      while (to < order.length && scores[order[to]] == scores[order[from]]) {
        to++;
      }
      return to;
    }

    /** For each row, the sum of what those above it have, ties counting half. */
    double[] sumsAbove(double[] values) {
      double[] sums = new double[values.length];
      double rest = Arrays.stream(values).sum();
      for (int from = 0; from < order.length; ) {
        int to = endOfTie(order, scores, from);
        double tied = 0;
        for (int i = from; i < to; i++) {
          tied += values[order[i]];
        }
        for (int i = from; i < to; i++) {
          sums[order[i]] = rest - tied / 2;
        }
        rest -= tied;
        from = to;
      }
      return sums;
    }
  }
}
