package io.ebmspark.core.explain;

import io.ebmspark.core.model.RowEnergies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Integrated gradients of an energy from a baseline row b to a row x (Sundararajan, Taly and Yan
 * 2017, arXiv 1703.01365, equation 1):
 *
 * <pre>A_j = (x_j − b_j) ∫₀¹ ∂_jE(b + t(x − b)) dt</pre>
 *
 * They add up to {@code E(x) − E(b)}, but for what the quadrature misses, which is measured and
 * reported. Its points are doubled until that is small, for each row by itself.
 *
 * <p>Where the energy overflows at x, the path is followed as far as it is finite: to the first of
 * {@code b + (x − b)/2, b + (x − b)/4, …} at which it is.
 *
 * <p>What is said of a row depends on the row alone, to the bit. Not for several threads at once.
 */
public final class IntegratedGradients {
  /** Points of the quadrature at most: where a gradient jumps, they may not be enough. */
  public static final int MOST_POINTS = 256;

  static final int FEWEST_POINTS = FixedBlocks.LANES;

  /** What may stay unexplained, as a share of the difference of the energies. */
  static final double TOLERANCE = 1e-3;

  /** What rounding alone leaves, as a share of what is added up. */
  private static final double ROUNDING = 1e-5;

  private static final int HALVINGS = 130;
  private static final List<GaussLegendre> RULES = rules();

  private final FixedBlocks energy;
  private final Baselines baselines;
  private final float[] baselineEnergies;
  private final int width;
  private final int mostPoints;

  /** Explanations of an energy by rows to compare with. */
  public IntegratedGradients(RowEnergies energy, Baselines baselines) {
    this(energy, baselines, MOST_POINTS);
  }

  IntegratedGradients(RowEnergies energy, Baselines baselines, int mostPoints) {
    this.energy = new FixedBlocks(energy);
    this.baselines = baselines;
    this.baselineEnergies = this.energy.energies(baselines.rows());
    this.width = baselines.width();
    this.mostPoints = mostPoints;
  }

  private static List<GaussLegendre> rules() {
    List<GaussLegendre> rules = new ArrayList<>();
    for (int points = FEWEST_POINTS; points <= MOST_POINTS; points *= 2) {
      rules.add(GaussLegendre.of(points));
    }
    return rules;
  }

  /** The rows that others are compared with. */
  public Baselines baselines() {
    return baselines;
  }

  /**
   * Explains rows.
   *
   * @param rows packed row-major, in the model's units, all finite
   */
  public Attribution[] of(float[] rows) {
    Path[] paths = new Path[rows.length / width];
    float[] energies = energy.energies(rows);
    for (int i = 0; i < paths.length; i++) {
      paths[i] = new Path(rows, i * width);
      paths[i].endAt(energies[i]);
    }
    Attribution[] found = new Attribution[paths.length];
    int[] pending = IntStream.range(0, paths.length).toArray();
    for (GaussLegendre rule : RULES) {
      integrate(paths, pending, rule);
      boolean isLast = rule.size() >= mostPoints;
      for (int i : pending) {
        if (isLast || paths[i].isExplained()) {
          found[i] = paths[i].attribution(rule.size());
        }
      }
      pending = Arrays.stream(pending).filter(i -> found[i] == null).toArray();
      if (pending.length == 0) {
        break;
      }
    }
    return found;
  }

  /** The mean gradient along each path. */
  private void integrate(Path[] paths, int[] which, GaussLegendre rule) {
    for (int i : which) {
      Arrays.fill(paths[i].gradient, 0);
    }
    int n = rule.size();
    energy.gradients(
        which.length * n,
        (k, into, at) -> paths[which[k / n]].write(rule.points()[k % n], into, at),
        (k, gradients, at) -> {
          double[] sum = paths[which[k / n]].gradient;
          double weight = rule.weights()[k % n];
          for (int j = 0; j < width; j++) {
            sum[j] += weight * gradients[at + j];
          }
        });
  }

  /** The straight line from a row's baseline to the row, or to where its energy overflows. */
  private final class Path {
    private final float[] rows;
    private final int at;
    private final int baseline;
    private final double[] gradient = new double[width];
    private double reach = 1;
    private double end;
    private double energyOfRow;

    Path(float[] rows, int at) {
      this.rows = rows;
      this.at = at;
      this.baseline = baselines.nearest(rows, at);
    }

    void endAt(float rowEnergy) {
      end = rowEnergy;
      energyOfRow = Float.isFinite(rowEnergy) ? rowEnergy : Double.POSITIVE_INFINITY;
      if (Float.isFinite(rowEnergy)) {
        return;
      }
      float[] halvings =
          energy.energies(
              HALVINGS, (k, into, place) -> write(Math.scalb(1.0, -k - 1), into, place));
      for (int k = 0; k < HALVINGS; k++) {
        if (Float.isFinite(halvings[k])) {
          reach = Math.scalb(1.0, -k - 1);
          end = halvings[k];
          return;
        }
      }
    }

    private double step(int j) {
      return (double) rows[at + j] - baselines.rows()[baseline * width + j];
    }

    /** The point at t. */
    void write(double t, float[] into, int place) {
      for (int j = 0; j < width; j++) {
        into[place + j] = (float) (baselines.rows()[baseline * width + j] + t * reach * step(j));
      }
    }

    private double contribution(int j) {
      double step = step(j);
      return step == 0 ? 0 : reach * step * gradient[j];
    }

    private double difference() {
      return end - baselineEnergies[baseline];
    }

    private double total() {
      double total = 0;
      for (int j = 0; j < width; j++) {
        total += contribution(j);
      }
      return total;
    }

    boolean isExplained() {
      double magnitude = Math.abs(end) + Math.abs(baselineEnergies[baseline]);
      for (int j = 0; j < width; j++) {
        magnitude += Math.abs(contribution(j));
      }
      return Math.abs(difference() - total())
          <= Math.max(TOLERANCE * Math.abs(difference()), ROUNDING * magnitude);
    }

    Attribution attribution(int points) {
      double[] contributions = new double[width];
      for (int j = 0; j < width; j++) {
        contributions[j] = contribution(j);
      }
      double unexplained = energyOfRow - baselineEnergies[baseline] - total();
      return new Attribution(baseline, contributions, unexplained, points);
    }
  }
}
