package io.ebmspark.spark.model;

import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.Safetensors;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.StateTensors;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.store.CommittedFolder;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Overlap;
import io.ebmspark.spark.store.Patience;
import io.ebmspark.spark.store.Storage;
import io.ebmspark.spark.store.StorageException;
import io.ebmspark.spark.store.TensorFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A model as files on any Hadoop file system: {@code model.safetensors}, {@code config.json},
 * {@code job.yaml}, {@code metrics.jsonl}, {@code profile.json}, {@code baselines.safetensors},
 * {@code state.safetensors}, the final state of its training, and {@code calibration.safetensors}
 * if rows were held out.
 *
 * <p>A model is replaced as a whole ({@link CommittedFolder}): a reader gets the old one or the new
 * one, wherever a writer died. Nothing in it can run code.
 */
public final class ModelFolder {
  private static final Pattern OURS = Pattern.compile("\"format\"\\s*:\\s*\"ebm-on-spark/");
  private static final int READS = 5;
  private static final long MILLIS_BETWEEN_READS = 200;

  private final Location place;
  private final Storage storage;
  private final CommittedFolder content;

  /**
   * The folder at a path, which need not exist.
   *
   * @throws io.ebmspark.spark.store.PathException if the path cannot be used
   */
  public ModelFolder(String path, Configuration configuration) {
    this.place = Location.of(path, configuration);
    this.storage = place.storage();
    this.content = new CommittedFolder(place, ModelFiles.CONFIG);
  }

  /** Where the folder is. */
  public String path() {
    return place.toString();
  }

  /**
   * Rejects a path that training could not write to when it is done.
   *
   * @param overwrite whether an existing model may be replaced
   * @throws ModelException if it holds a model that may not be replaced, or other files
   * @throws StorageException if it cannot be reached
   */
  public void checkWritable(boolean overwrite) {
    CommittedFolder.settle(place, ModelFiles.CONFIG, notice -> {});
    try {
      Optional<FileStatus> status = storage.status(place.path());
      if (status.isEmpty()) {
        return;
      }
      if (!status.get().isDirectory()) {
        throw new ModelException(place + " is a file; choose another output.model");
      }
      if (storage.list(place.path()).isEmpty()) {
        return;
      }
      if (!isOurs(place.path())) {
        throw new ModelException(
            place + " holds files other than a model of this program; choose another output.model");
      }
      if (!overwrite) {
        throw new ModelException(
            place
                + " holds a model already; set output.overwrite to true to replace it, or choose"
                + " another output.model");
      }
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  /**
   * Rejects a path where training would overwrite its input.
   *
   * @param read a path or pattern of the input
   * @param setting the setting that names it
   * @throws io.ebmspark.spark.store.PathException if one contains the other
   */
  public void refuseToOverwrite(String read, String setting, Configuration configuration) {
    Overlap.refuse(place, "output.model", read, setting, configuration);
    for (String suffix : List.of(".incomplete", ".checkpoints", ".previous", ".lock")) {
      Overlap.refuse(place.beside(suffix), "output.model", read, setting, configuration);
    }
  }

  private boolean isOurs(Path folder) throws IOException {
    try {
      return OURS.matcher(storage.text(new Path(folder, ModelFiles.CONFIG))).find();
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  private StorageException unreachable(IOException e) {
    return new StorageException(place + " cannot be reached: " + FirstLine.of(e), e);
  }

  /**
   * Starts writing a model; called by the holder of the output's lock.
   *
   * @param goesOn whether this is another attempt at the run that left metrics
   * @param patience how long to wait for a full or unreachable file system
   * @param guard called before metrics are written, and before the model is moved into place;
   *     throws if they must not be
   */
  public ModelDraft draft(boolean goesOn, Patience patience, Runnable guard) {
    try {
      return new ModelDraft(this, content, storage, goesOn, patience, guard);
    } catch (IOException e) {
      throw StorageException.besides(place, e);
    }
  }

  /**
   * Reads the model.
   *
   * @throws ModelException if there is none, or it is incomplete or damaged
   */
  public Model read() {
    return whole(this::read);
  }

  /**
   * Reads the model, with its final training state, to start training from.
   *
   * @throws ModelException if there is none, or it is incomplete or damaged
   */
  public Start readStart(StartSettings.Memory memory) {
    return whole(
        view -> {
          Model model = read(view);
          return new Start(model, readEnd(view, model), memory);
        });
  }

  /**
   * Copies the model to a folder that holds none, and reads the copy.
   *
   * @param guard called before each file; throws if nothing may be written any longer
   * @throws ModelException if the copy is not whole, as where the model was being replaced
   */
  public Model copyTo(String folder, Configuration configuration, Runnable guard) {
    Location target = Location.of(folder, configuration);
    try {
      place.copyFiles(target, ModelFiles.CONFIG, guard);
    } catch (IOException e) {
      throw new StorageException(
          place + " cannot be copied to " + target + ": " + FirstLine.of(e), e);
    }
    return new ModelFolder(folder, configuration).read();
  }

  private interface Reading<T> {
    T read(CommittedFolder.View view) throws IOException;
  }

  /** Reads one consistent model, retrying if another is moved into place meanwhile. */
  private <T> T whole(Reading<T> reading) {
    for (int attempt = 1; ; attempt++) {
      try {
        return reading.read(content.view());
      } catch (ModelException | StorageException e) {
        if (attempt == READS || !isBeingWritten()) {
          throw e;
        }
      } catch (IOException e) {
        throw unreachable(e);
      }
      try {
        Thread.sleep(MILLIS_BETWEEN_READS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while a model was read", e);
      }
    }
  }

  /**
   * Reads the profile of the rows the model was trained on; models of release 0.1 have none.
   *
   * @throws ModelException if it cannot be used
   */
  public Optional<DataProfile> profile() {
    try {
      Path path = content.view().file(ModelFiles.PROFILE);
      SettingsTree tree = SettingsTree.parse(path.toString(), storage.text(path));
      return Optional.of(SettingsBinder.bind(tree, DataProfile.class));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (SettingsException e) {
      throw new ModelException(FirstLine.of(e), e);
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  /** Whether files may be disappearing under a reader, which should then try again. */
  private boolean isBeingWritten() {
    try {
      return content.view().isMoving() || storage.exists(place.beside(".lock").path());
    } catch (IOException e) {
      return false;
    }
  }

  /** Where release 0.1 kept the old model while moving the new one into place. */
  private Path previous() {
    return place.beside(".previous").path();
  }

  /** Removes the old model that release 0.1 may have left beside this one. */
  void removePrevious() throws IOException {
    if (isOurs(previous())) {
      storage.delete(previous());
    }
  }

  private Model read(CommittedFolder.View view) throws IOException {
    boolean onlyPrevious = !view.isMoving() && !storage.exists(place.path()) && isOurs(previous());
    ModelConfig config = config(file(view, onlyPrevious, ModelFiles.CONFIG));
    float[] parameters =
        values(
            file(view, onlyPrevious, ModelFiles.WEIGHTS), layout(config), config.weightsSha256());
    Optional<Calibration> calibration = Optional.empty();
    if (config.heldOut().isPresent()) {
      HeldOutRows held = config.heldOut().get();
      Path path = file(view, onlyPrevious, ModelFiles.CALIBRATION);
      calibration =
          Optional.of(
              Calibration.of(values(path, ModelFiles.energies(held.rows()), held.sha256())));
    }
    return new Model(config, parameters, calibration, readBaselines(view, config));
  }

  private Optional<Baselines> readBaselines(CommittedFolder.View view, ModelConfig config)
      throws IOException {
    if (config.baselines().isEmpty()) {
      return Optional.empty();
    }
    BaselineRows usual = config.baselines().get();
    int width = config.features().scale().size();
    float[] values =
        values(
            view.file(ModelFiles.BASELINES),
            ModelFiles.baselines(usual.rows(), usual.quantiles(), width),
            usual.sha256());
    int rows = usual.rows() * width;
    return Optional.of(
        new Baselines(
            Arrays.copyOf(values, rows), Arrays.copyOfRange(values, rows, values.length), width));
  }

  private Path file(CommittedFolder.View view, boolean onlyPrevious, String name)
      throws IOException {
    return onlyPrevious ? new Path(previous(), name) : view.file(name);
  }

  private Optional<TrainingState> readEnd(CommittedFolder.View view, Model model)
      throws IOException {
    if (model.config().end().isEmpty()) {
      return Optional.empty();
    }
    TrainingEnd end = model.config().end().get();
    StateTensors tensors = new StateTensors(model.trained().length, end.moments(), end.replay());
    Path path = view.file(ModelFiles.STATE);
    if (storage.status(path).map(FileStatus::getLen).orElse(Long.MAX_VALUE) < tensors.bytes()) {
      throw new ModelException(path + " is cut short"); // before allocating memory for it
    }
    return Optional.of(
        tensors.unpack(values(path, tensors.layout(), end.sha256()), end.steps(), 0, 0));
  }

  /** The tensors of a file, checked against the checksum in the config. */
  private float[] values(Path path, ParameterLayout layout, String sha256) {
    float[] values;
    try {
      values = TensorFile.read(storage, path, layout, sha256);
    } catch (TensorFile.ChecksumException e) {
      throw new ModelException(path + " does not match config.json: their checksums differ", e);
    } catch (FileNotFoundException e) {
      throw new ModelException(place + " has no " + path.getName() + "; train the model again", e);
    } catch (Safetensors.MalformedException e) {
      throw new ModelException(path + " cannot be used: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new StorageException(path + " cannot be read: " + FirstLine.of(e), e);
    }
    if (!Vectors.isFinite(values)) {
      throw new ModelException(path + " holds numbers that are not finite");
    }
    return values;
  }

  /** The expected layout of the weights; an energy may need a file that no longer exists. */
  private ParameterLayout layout(ModelConfig config) {
    try {
      return config.energy().settled(config.rowShape());
    } catch (IllegalArgumentException e) {
      throw new ModelException("the energy of " + place + " cannot be used: " + FirstLine.of(e), e);
    }
  }

  private ModelConfig config(Path path) {
    String text;
    try {
      text = storage.text(path);
    } catch (FileNotFoundException e) {
      throw new ModelException(missing(), e);
    } catch (IOException e) {
      throw new StorageException(path + " cannot be read: " + FirstLine.of(e), e);
    }
    try {
      return SettingsBinder.bind(SettingsTree.parse(path.toString(), text), ModelConfig.class);
    } catch (SettingsException e) {
      throw new ModelException(FirstLine.of(e), e);
    }
  }

  private String missing() {
    try {
      if (!storage.exists(place.path())) {
        return "there is no model at " + place + "; check the path, or train one";
      }
      return place + " is not a model folder: it has no " + ModelFiles.CONFIG;
    } catch (IOException e) {
      return place + " cannot be reached: " + FirstLine.of(e);
    }
  }
}
