package io.ebmspark.core.model;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.ScriptModule;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.onnx.EnergyFile;
import io.ebmspark.core.onnx.OnnxException;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.settings.SettingsWriter;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A trained energy at work on one device: energies of packed rows, and chains drawn from it. The
 * weights are uploaded once; close it to free them. Threads may share one: every call works in a
 * scope of its own.
 */
public final class RowEnergies implements AutoCloseable {
  /** Rows computed at once: their activations stay in the processor's cache. */
  public static final int BLOCK_ROWS = 512;

  private static final int CHECKED_ROWS = 64;

  private final TensorScope scope;
  private final String name;
  private final PreparedEnergy energy;
  private final long[] shape;
  private final int width;

  /**
   * Opens an energy.
   *
   * @param shape the shape of one row
   * @param parameters of the layout {@link Energy#settled}
   */
  public RowEnergies(Energy energy, long[] shape, float[] parameters, Device device) {
    this.name = SettingsWriter.name(energy);
    this.shape = shape.clone();
    this.width = Shapes.width(shape);
    ParameterLayout layout = energy.settled(shape);
    this.scope = TensorScope.open(device, DataType.FLOAT32);
    this.energy = energy.prepare(Weights.of(layout, scope.upload(parameters, layout.size())));
  }

  /**
   * The energy of each row, the same bits whatever rows stand beside it.
   *
   * @param rows packed row-major, in the model's units
   */
  public float[] energies(float[] rows) {
    return energies(rows, BLOCK_ROWS);
  }

  /**
   * The same, in blocks of another height. Energies may be compared to the bit where their heights
   * are equal.
   */
  public float[] energies(float[] rows, int height) {
    float[] energies = new float[rows.length / width];
    inFullBlocks(rows, height, x -> energy.value(x).toFloats(), energies);
    return energies;
  }

  /**
   * The gradient of each row's energy with respect to the row.
   *
   * @param rows packed row-major, in the model's units
   * @param height of the blocks they are computed in
   * @return packed as they are
   */
  public float[] gradients(float[] rows, int height) {
    float[] gradients = new float[rows.length];
    inFullBlocks(rows, height, x -> energy.gradient(x).toFloats(), gradients);
    return gradients;
  }

  /**
   * Computes rows in blocks that are always full: matrix products round a row's values differently
   * in a shorter block or at its ragged end, and a row's energy must not depend on how its table is
   * cut.
   */
  private void inFullBlocks(
      float[] rows, int height, Function<Tensor, float[]> what, float[] into) {
    int count = rows.length / width;
    int each = count == 0 ? 0 : into.length / count;
    for (int from = 0; from < count; from += height) {
      int present = Math.min(height, count - from);
      float[] block = new float[height * width];
      System.arraycopy(rows, from * width, block, 0, present * width);
      for (int row = present; row < height; row++) {
        System.arraycopy(block, 0, block, row * width, width);
      }
      try (TensorScope work = scope.child()) {
        float[] computed = what.apply(work.upload(block, batchShape(height)));
        System.arraycopy(computed, 0, into, from * each, present * each);
      }
    }
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
      return sampler.run(sampler.follows(energy), start, steps, noise, observer).toFloats();
    }
  }

  /**
   * The energy as a file for other programs. It is held against the energy itself on some rows
   * before it is handed out, since how an energy is written is written a second time.
   *
   * @param scaling from the table's units
   * @param gradient whether the file has the derivative too
   * @throws OnnxException if the energy has no such form, or its form is wrong
   */
  public EnergyFile written(FeatureScaling scaling, boolean gradient) {
    EnergyFile file = EnergyFile.of(scaling, shape, energy::onnx, gradient);
    double[] rows = new double[CHECKED_ROWS * width];
    float[] inputs = new float[rows.length];
    RandomStream.of(0, Purpose.CHECK, 0).normals(0, 0, inputs, 0, inputs.length);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = scaling.toTable(i % width, inputs[i]);
      inputs[i] = scaling.toModel(i % width, rows[i]);
    }
    float[] expected = energies(inputs);
    float[] found;
    try (TensorScope wide = TensorScope.open(Device.cpu(), DataType.FLOAT64);
        ScriptModule module = ScriptModule.load(file.toTorchScript(Map.of()))) {
      Tensor x = wide.upload(rows, CHECKED_ROWS, width);
      found = module.call(x, List.of()).toFloats();
    }
    double lowest = Double.POSITIVE_INFINITY;
    double highest = Double.NEGATIVE_INFINITY;
    for (float each : expected) {
      lowest = Math.min(lowest, each);
      highest = Math.max(highest, each);
    }
    for (int i = 0; i < expected.length; i++) {
      // A wrong form is wrong by more than rounding, of whatever size the terms inside may be.
      double most = 0.01 * (highest - lowest) + 1e-3 * Math.max(1, Math.abs(expected[i]));
      if (!(Math.abs(found[i] - expected[i]) <= most) && Float.isFinite(expected[i])) {
        throw OnnxException.differs(name, found[i], expected[i]);
      }
    }
    return file;
  }

  private long[] batchShape(int rows) {
    return Shapes.batch(rows, shape);
  }

  @Override
  public void close() {
    scope.close();
  }
}
