package io.ebmspark.core.energy;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import java.util.Arrays;

/**
 * The energy of a row among kept training rows r: {@code E(x) = −log Σ exp(−‖x − r‖²/2h²)} over all
 * but the nearest.
 *
 * <p>The sum over all is the very density that denoising score matching with noise h fits (Vincent
 * 2011, equation 9), of which a network learns a smooth likeness; it knows rows that lie between
 * their neighbours better, and nothing of wide shapes. The nearest is left out since a training row
 * would otherwise be its own neighbour, and look more usual than a fresh one like it.
 */
final class Neighbours extends PreparedEnergy {
  static final String ROWS = "neighbours";

  /** The kernel's width h, in model units: chosen on the tables of docs/results.md. */
  private static final double WIDTH = 0.2;

  /** Where there are fewer rows than places, the others hold rows that are nobody's neighbours. */
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

  /** The part that holds so many rows. */
  static Parameter of(int rows, long... shape) {
    return new Parameter(
        ROWS, new long[] {rows, Shapes.width(shape)}, Initializer.constant(NOWHERE));
  }

  /** Every n-th row of a sample, packed row-major into so many places. */
  static float[] chosen(float[] sample, int places, int width) {
    int count = sample.length / width;
    int kept = Math.min(count, places);
    float[] chosen = new float[places * width];
    Arrays.fill(chosen, NOWHERE);
    for (int i = 0; i < kept; i++) {
      int row = (int) ((long) i * count / kept);
      System.arraycopy(sample, row * width, chosen, i * width, width);
    }
    return chosen;
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
    Tensor rows = weights.in(x.scope()).get(ROWS);
    return Native.PROGRAM
        .call(x.scope(), "energy", x.flattenRows(), rows, 1 / (WIDTH * WIDTH))
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
    return own.sub(flat.linear(rows.mul(precision), half).logSumExpWithoutLargest());
  }
}
