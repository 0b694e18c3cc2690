package io.ebmspark.core.sampler;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;

/**
 * The random numbers of a set of chains: each is a function of (seed, purpose, training step, the
 * chain's global index, the chain's step, the element of its state), so a chain draws the same
 * numbers wherever it runs.
 *
 * @param stream of the seed, the purpose and the training step
 * @param chains the global index of each chain
 */
public record ChainNoise(RandomStream stream, long[] chains) {
  private static final long LAST_ELEMENT = (1L << 33) - 1;

  /**
   * Standard normals times {@code scale}, one for each element of a state. Asked again for a step,
   * they are the same; a step that needs several draws asks for a wider shape, and splits it, in
   * every step alike.
   *
   * @param step the chain's step
   * @param shape (chains, …shape)
   */
  public Tensor normals(TensorScope scope, int step, double scale, long... shape) {
    return normals(scope, step, new double[] {scale}, shape).reshape(shape);
  }

  /**
   * The normals of several steps.
   *
   * @param firstStep the chain's step they begin with
   * @param scales what each step's are multiplied by
   * @param shape (chains, …shape)
   * @return (chains, steps, …shape)
   */
  Tensor normals(TensorScope scope, int firstStep, double[] scales, long... shape) {
    int width = width(shape);
    int perChain = scales.length * width;
    float[] values = new float[chains.length * perChain];
    stream.normals(chains, (long) firstStep * width, perChain, values, 0);
    for (int i = 0; i < chains.length; i++) {
      int from = i * perChain;
      for (int step = 0; step < scales.length; step++) {
        float factor = (float) scales[step];
        for (int k = 0; k < width; k++) {
          values[from + step * width + k] *= factor;
        }
      }
    }
    long[] stepped = new long[shape.length + 1];
    stepped[0] = shape[0];
    stepped[1] = scales.length;
    System.arraycopy(shape, 1, stepped, 2, shape.length - 1);
    return scope.upload(values, stepped);
  }

  /**
   * Uniforms on (−scale, scale), one for each element of a state. They are made of the same random
   * bits as the {@link #normals} of that step, so that a step draws one or the other.
   */
  public Tensor uniforms(TensorScope scope, int step, double scale, long... shape) {
    int width = width(shape);
    float[] values = new float[chains.length * width];
    stream.uniforms(chains, (long) step * width, width, values, 0);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * (2 * values[i] - 1));
    }
    return scope.upload(values, shape);
  }

  /**
   * One uniform on (0, 1) per chain: for what a step decides by chance, such as whether to take its
   * proposal. Independent of {@link #normals} and {@link #uniforms}.
   */
  public double[] chances(int step) {
    double[] values = new double[chains.length];
    for (int i = 0; i < values.length; i++) {
      // From the far end of a chain's elements, which no state's noise reaches.
      values[i] = stream.uniform(chains[i], LAST_ELEMENT - step);
    }
    return values;
  }

  /**
   * The noise of chains, or of whatever else is numbered, in one training step of a run.
   *
   * @param purpose what it is drawn for: noise for one is independent of that for another
   * @param chains the global index of each; rows' indices where each row has a chain of its own
   */
  public static ChainNoise of(long seed, Purpose purpose, long trainingStep, long[] chains) {
    return new ChainNoise(RandomStream.of(seed, purpose, trainingStep), chains);
  }

  private int width(long[] shape) {
    long width = 1;
    for (int axis = 1; axis < shape.length; axis++) {
      width *= shape[axis];
    }
    if (shape[0] != chains.length) {
      throw new IllegalArgumentException(
          shape[0] + " states requested, but there are " + chains.length + " chains");
    }
    return Math.toIntExact(width);
  }
}
