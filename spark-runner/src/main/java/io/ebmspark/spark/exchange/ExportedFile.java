package io.ebmspark.spark.exchange;

import ai.djl.Device;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.energy.TorchScript;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.onnx.BroughtModule;
import io.ebmspark.core.program.Archive;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelException;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Storage;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** A model as one file of another program's format. */
public final class ExportedFile {
  /** Where a file's {@link ModelCard} is found among its free text. */
  public static final String CARD = "ebm-on-spark";

  private final byte[] content;

  private ExportedFile(byte[] content) {
    this.content = content;
  }

  /**
   * A model in ONNX.
   *
   * @param gradient whether the file computes the energy's derivative too
   * @param version of this program
   * @throws io.ebmspark.core.onnx.OnnxException if its energy cannot be expressed in it
   */
  public static ExportedFile onnx(Model model, boolean gradient, String version) {
    try (RowEnergies energies = model.open(Device.cpu())) {
      return new ExportedFile(
          energies
              .written(model.config().features().scaling(), gradient)
              .toOnnx("ebm-on-spark " + version, card(model)));
    }
  }

  /**
   * A model as a TorchScript module, which PyTorch differentiates itself. What came as one goes as
   * that one, with its trained weights.
   *
   * @throws io.ebmspark.core.onnx.OnnxException if its energy cannot be expressed in it
   */
  public static ExportedFile torchScript(Model model) {
    FeatureScaling scaling = model.config().features().scaling();
    if (model.config().energy() instanceof TorchScript brought) {
      long[] shape = model.config().rowShape();
      Archive module = brought.trained(model.parameters(), shape);
      return new ExportedFile(BroughtModule.scaled(module, scaling, shape, card(model)).bytes());
    }
    try (RowEnergies energies = model.open(Device.cpu())) {
      return new ExportedFile(energies.written(scaling, false).toTorchScript(card(model)).bytes());
    }
  }

  private static Map<String, String> card(Model model) {
    return Map.of(CARD, SettingsWriter.toJson(ModelCard.of(model.config())));
  }

  /**
   * Writes the file, whole or not at all.
   *
   * @param overwrite whether it may replace another
   */
  public void write(String path, boolean overwrite, Configuration configuration) {
    Location place = Location.of(path, configuration);
    Location draft = place.beside(".incomplete");
    Storage storage = place.storage();
    try {
      if (storage.exists(place.path()) && !overwrite) {
        throw new ModelException(
            place + " exists already; choose another --output, or add --overwrite to replace it");
      }
      if (storage.status(place.path()).filter(there -> there.isDirectory()).isPresent()) {
        throw new ModelException(place + " is a folder; name a file as --output");
      }
      write(storage, draft.path());
      storage.delete(place.path());
      storage.move(draft.path(), place.path());
    } catch (IOException e) {
      throw new StorageException(place + " cannot be written: " + FirstLine.of(e), e);
    }
  }

  /** Half a file is none. */
  private void write(Storage storage, Path file) throws IOException {
    try (Storage.Sink out = storage.create(file)) {
      out.write(content, 0, content.length);
      out.settle();
    } catch (IOException e) {
      try {
        storage.deleteOne(file);
      } catch (IOException away) {
        // What is wrong is said by the first failure.
      }
      throw e;
    }
  }
}
