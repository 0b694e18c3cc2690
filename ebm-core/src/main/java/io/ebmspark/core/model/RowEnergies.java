package io.ebmspark.core.model;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.sampler.StartNoise;

/**
 * A trained energy at work on one device: energies of packed rows, and chains drawn from it. The
 * weights are uploaded once; close it to free them. Threads may share one: every call works in a
 * scope of its own.
 */
public final class RowEnergies implements AutoCloseable {
  /** Rows computed at once: their activations stay in the processor's cache. */
  public static final int BLOCK_ROWS = 512;

  private final TensorScope scope;
  private final PreparedEnergy energy;
  private final long[] shape;
  private final int width;

  /**
   * Opens an energy.
   *
   * @param shape the shape of one row
   * @param parameters its trained vector
   */
  public RowEnergies(Energy energy, long[] shape, float[] parameters, Device device) {
    this.shape = shape.clone();
    this.width = Shapes.width(shape);
    ParameterLayout layout = energy.parameters(shape);
    this.scope = TensorScope.open(device, DataType.FLOAT32);
    this.energy = energy.prepare(Weights.of(layout, scope.upload(parameters, layout.size())));
  }

  /**
   * The energy of each row.
   *
   * @param rows packed row-major, in the model's units
   */
  public float[] energies(float[] rows) {
    float[] energies = new float[rows.length / width];
    for (int from = 0; from < energies.length; from += BLOCK_ROWS) {
      int to = Math.min(energies.length, from + BLOCK_ROWS);
      float[] block = java.util.Arrays.copyOfRange(rows, from * width, to * width);
      try (TensorScope work = scope.child()) {
        Tensor x = work.upload(block, batchShape(to - from));
        System.arraycopy(energy.value(x).toFloats(), 0, energies, from, to - from);
      }
    }
    return energies;
  }

  /**
   * The gradient of each row's energy with respect to the row.
   *
   * @param rows packed row-major, in the model's units
   * @return packed as they are
   */
  public float[] gradients(float[] rows) {
    float[] gradients = new float[rows.length];
    int block = BLOCK_ROWS * width;
    for (int from = 0; from < rows.length; from += block) {
      int to = Math.min(rows.length, from + block);
      try (TensorScope work = scope.child()) {
        float[] values = java.util.Arrays.copyOfRange(rows, from, to);
        Tensor x = work.upload(values, batchShape((to - from) / width));
        System.arraycopy(energy.gradient(x).toFloats(), 0, gradients, from, to - from);
      }
    }
    return gradients;
  }

  /** The number of values in a row. */
  public int width() {
    return width;
  }

  /** Fresh chain states for the given chains, packed row-major. */
  public float[] starts(StartNoise start, double startScale, ChainNoise noise) {
    try (TensorScope work = scope.child()) {
      return start.draw(work, noise, startScale, batchShape(noise.chains().length)).toFloats();
    }
  }

  /**
   * Runs chains.
   *
   * @param states packed row-major; left unchanged
   * @return where the chains are, packed row-major
   */
  public float[] run(
      Sampler sampler, float[] states, int steps, ChainNoise noise, Sampler.Observer observer) {
    try (TensorScope work = scope.child()) {
      Tensor start = work.upload(states, batchShape(noise.chains().length));
      return sampler.run(energy.density(), start, steps, noise, observer).toFloats();
    }
  }

  private long[] batchShape(int rows) {
    return Shapes.batch(rows, shape);
  }

  @Override
  public void close() {
    scope.close();
  }
}
