package io.ebmspark.core.energy;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.engine.ScriptModule;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.program.Archive;
import io.ebmspark.core.settings.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Function;

/**
 * An energy brought from PyTorch: a module saved by {@code torch.jit.save} whose {@code forward}
 * takes (batch, …shape) and returns (batch) or (batch, 1), or one number for a batch of one row.
 *
 * <p>Its parameters are trained like any other's, from the values they were saved with; the trained
 * weights are written under the same names, so that {@code load_state_dict} takes them back. Those
 * saved without {@code requires_grad} stay as they are. Batch normalisation is rejected: it makes
 * the energy of one row depend on the others.
 *
 * <p>A TorchScript file is a program, and is loaded only from the file named here, which must be at
 * the same path on every machine.
 */
public record TorchScript(
    @Setting("the module's file, at the same path on every machine") String file,
    @Setting("SHA-256 of the file; a file with another is rejected") Optional<String> sha256)
    implements Energy {

  private static final Map<TorchScript, Loaded> LOADED = new ConcurrentHashMap<>();

  @Override
  public ParameterLayout parameters(long... shape) {
    List<Parameter> parameters = new ArrayList<>();
    for (ScriptModule.Trained trained : newest().use(ScriptModule::parameters)) {
      parameters.add(
          new Parameter(
              trained.name(),
              trained.shape(),
              (values, offset, axes, seed, index) ->
                  System.arraycopy(trained.value(), 0, values, offset, trained.value().length)));
    }
    return ParameterLayout.of(parameters);
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    Loaded loaded = LOADED.get(this);
    Tensor energy =
        (loaded == null ? newest() : loaded).use(module -> module.call(x, weights.all()));
    if (energy.dimension() == 0 && x.size(0) == 1) {
      return energy.reshape(1); // squeeze() leaves a batch of one row no axis at all
    }
    return energy.dimension() == 2 && energy.size(1) == 1 ? energy.squeeze(1) : energy;
  }

  /**
   * The module with trained weights, as PyTorch saves one.
   *
   * @param parameters of the layout {@link #parameters}
   * @param shape of one row
   */
  public Archive trained(float[] parameters, long... shape) {
    ParameterLayout layout = parameters(shape);
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT32);
        ScriptModule module = ScriptModule.load(read())) {
      Weights weights = Weights.of(layout, scope.upload(parameters, layout.size()));
      Tensor row = scope.upload(new float[Shapes.width(shape)], Shapes.batch(1, shape));
      return module.saved(row, weights.all());
    }
  }

  /**
   * The file as it is now. A run reads it once, for its layout; its steps do not touch the disc.
   */
  private Loaded newest() {
    String modified = modified();
    return LOADED.compute(
        this,
        (key, known) -> {
          if (known != null && known.modified.equals(modified)) {
            return known;
          }
          Loaded read = new Loaded(modified, read());
          if (known != null) {
            known.supersede();
          }
          return read;
        });
  }

  private String modified() {
    try {
      return Files.getLastModifiedTime(Path.of(file)).toString();
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "the TorchScript file " + file + " does not exist on this machine", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Archive read() {
    try {
      String found = Sha256.hex(Files.readAllBytes(Path.of(file)));
      if (sha256.isPresent() && !sha256.get().equalsIgnoreCase(found)) {
        throw new IllegalArgumentException(
            "the TorchScript file "
                + file
                + " has SHA-256 "
                + found
                + ", where energy.sha256 is "
                + sha256.get());
      }
      Archive archive = Archive.read(Path.of(file));
      if (archive.mentions("torch.batch_norm(")) {
        throw new IllegalArgumentException(
            "the TorchScript file "
                + file
                + " uses batch normalisation, under which the energy of a row depends on the other"
                + " rows; use layer or group normalisation");
      }
      if (archive.mentions("_flat_weights")) {
        throw new IllegalArgumentException(
            "the TorchScript file "
                + file
                + " uses a GRU, LSTM or RNN, which computes with a list of its weights as they were"
                + " saved, so that they would not be trained; use a GRUCell, LSTMCell or RNNCell");
      }
      return archive;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A file as it was read, and modules of it: one for each call at a time, since a call puts its
   * parameters in it. Threads come and go, and a module is not freed with the one that used it.
   */
  private static final class Loaded {
    private final String modified;
    private final Archive archive;
    private final ConcurrentLinkedDeque<ScriptModule> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean isSuperseded;

    Loaded(String modified, Archive archive) {
      this.modified = modified;
      this.archive = archive;
    }

    <T> T use(Function<ScriptModule, T> work) {
      ScriptModule free = idle.poll();
      ScriptModule module = free == null ? ScriptModule.load(archive) : free;
      try {
        return work.apply(module);
      } finally {
        idle.push(module);
        if (isSuperseded) {
          closeIdle();
        }
      }
    }

    /** The file has changed: frees the modules, those that are in use after their call. */
    void supersede() {
      isSuperseded = true;
      closeIdle();
    }

    private void closeIdle() {
      for (ScriptModule module = idle.poll(); module != null; module = idle.poll()) {
        module.close();
      }
    }
  }
}
