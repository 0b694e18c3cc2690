package io.ebmspark.core.energy;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import java.util.Arrays;

/**
 * The energy of a row among kept training rows r: {@code E(x) = −log Σ exp(−max(‖x − r‖,
 * aᵣ)²/2h²)}, where {@code aᵣ} is how far r is from the nearest other kept row.
 *
 * <p>With every a = 0 that is the very density that denoising score matching with noise h fits
 * (Vincent 2011, equation 9), of which a network learns a smooth likeness; it knows rows that lie
 * between their neighbours better, and nothing of wide shapes. But a training row would then be its
 * own neighbour, and look more usual than a fresh one like it. So nothing is nearer to a kept row
 * than the nearest of the others is, itself least of all: a reachability distance, as local outlier
 * factors have it (Breunig, Kriegel, Ng and Sander 2000, definition 5). The energy has no pits at
 * kept rows, and what lies beside a row far from all others is as unusual as that row.
 */
final class Neighbours extends PreparedEnergy {
  static final String ROWS = "neighbours";
  static final String APART = "neighbourDistances";

  /** The kernel's width h, in model units: chosen on the tables of docs/results.md. */
  private static final double WIDTH = 0.2;

  /** Coordinate of what fills places without a row: too far off to be any row's neighbour. */
  private static final float NOWHERE = 1L << 50;

  private final Weights weights;

  /** For what is computed where the class is loaded without an engine. */
  private static final class Native {
    static final Program PROGRAM = Program.load(Neighbours.class, "neighbours.py");
  }

  /** Neighbours under weights that hold them. */
  Neighbours(Weights weights) {
    super(weights.scope());
    this.weights = weights.detached();
  }

  /** The parts that hold so many rows. */
  static Parameter[] of(int rows, long... shape) {
    long[] places = {rows, Shapes.width(shape)};
    return new Parameter[] {
      new Parameter(ROWS, places, Initializer.constant(NOWHERE)),
      new Parameter(APART, new long[] {rows}, Initializer.constant(0))
    };
  }

  /** Every n-th row of a sample, packed row-major into so many places, and their distances. */
  static float[] chosen(float[] sample, int places, int width) {
    int count = sample.length / width;
    int kept = Math.min(count, places);
    float[] chosen = new float[places * width + places];
    Arrays.fill(chosen, 0, places * width, NOWHERE);
    for (int i = 0; i < kept; i++) {
      int row = (int) ((long) i * count / kept);
      System.arraycopy(sample, row * width, chosen, i * width, width);
    }
    double[] squares = nearest(chosen, kept, width);
    for (int i = 0; i < kept; i++) {
      chosen[places * width + i] = (float) Math.sqrt(squares[i]);
    }
    return chosen;
  }

  /** The squared distance of each row to the nearest other one; 0 of a single one. */
  private static double[] nearest(float[] rows, int count, int width) {
    double[] nearest = new double[count];
    Arrays.fill(nearest, count < 2 ? 0 : Double.POSITIVE_INFINITY);
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < i; j++) {
        double enough = Math.max(nearest[i], nearest[j]);
        double square = 0;
        for (int k = 0; k < width && square < enough; k++) {
          double apart = (double) rows[i * width + k] - rows[j * width + k];
          square += apart * apart;
        }
        nearest[i] = Math.min(nearest[i], square);
        nearest[j] = Math.min(nearest[j], square);
      }
    }
    return nearest;
  }

  /** The rows kept, packed row-major, without places that hold none. */
  float[] rows() {
    float[] all = weights.get(ROWS).toFloats();
    int width = (int) weights.get(ROWS).size(1);
    int end = all.length;
    while (end > 0 && all[end - width] == NOWHERE) {
      end -= width;
    }
    return Arrays.copyOf(all, end);
  }

  @Override
  public Tensor at(Tensor x) {
    Weights here = weights.in(x.scope());
    return Native.PROGRAM
        .call(
            x.scope(),
            "energy",
            x.flattenRows(),
            here.get(ROWS),
            here.get(APART),
            1 / (WIDTH * WIDTH))
        .get(0);
  }

  @Override
  public Tensor value(Tensor x) {
    return at(x);
  }

  @Override
  public OnnxValue onnx(OnnxValue x) {
    Tensor rows = weights.get(ROWS);
    double precision = 1 / (WIDTH * WIDTH);
    OnnxValue flat = x.flattenRows();
    OnnxValue own = flat.square().sumPerRow().mul(precision / 2);
    Tensor half = rows.square().sumPerRow().mul(-precision / 2);
    Tensor least = weights.get(APART).square().mul(-precision / 2);
    OnnxValue at = flat.linear(rows.mul(precision), half);
    OnnxValue most = own.reshape(1).linear(rows.scope().full(1, rows.size(0), 1), least);
    return own.sub(at.min(most).logSumExp());
  }
}
