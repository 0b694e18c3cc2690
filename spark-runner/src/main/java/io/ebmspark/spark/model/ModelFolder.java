package io.ebmspark.spark.model;

import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.Safetensors;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.StateTensors;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.store.CommittedFolder;
import io.ebmspark.spark.store.FileList;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Overlap;
import io.ebmspark.spark.store.Patience;
import io.ebmspark.spark.store.Storage;
import io.ebmspark.spark.store.StorageException;
import io.ebmspark.spark.store.TensorFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A model as files on any Hadoop file system: {@code model.safetensors}, {@code config.json},
 * {@code job.yaml}, {@code metrics.jsonl}, {@code profile.json}, {@code state.safetensors}, the
 * final state of its training, and {@code calibration.safetensors} if rows were held out.
 *
 * <p>A model is replaced as a whole ({@link CommittedFolder}): a reader gets the old one or the new
 * one, wherever a writer died. Nothing in it can run code.
 */
public final class ModelFolder {
  private static final String WEIGHTS = "model.safetensors";
  private static final String STATE = "state.safetensors";
  private static final String CONFIG = "config.json";
  private static final String JOB = "job.yaml";
  private static final String METRICS = "metrics.jsonl";
  private static final String CALIBRATION = "calibration.safetensors";
  private static final String BASELINES = "baselines.safetensors";
  private static final String PROFILE = "profile.json";
  private static final Set<String> FILES =
      Set.of(WEIGHTS, STATE, CONFIG, JOB, METRICS, CALIBRATION, BASELINES, PROFILE);
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
    this.content = new CommittedFolder(place, CONFIG);
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
    CommittedFolder.settle(place, CONFIG, notice -> {});
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
      return OURS.matcher(storage.text(new Path(folder, CONFIG))).find();
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  private StorageException unreachable(IOException e) {
    return new StorageException(place + " cannot be reached: " + FirstLine.of(e), e);
  }

  /** A model being written: metrics during training, the rest when it is done. */
  public final class Draft implements AutoCloseable {
    private final CommittedFolder.Draft files;
    private final Path metricsFile;
    private final Storage.Sink metrics;
    private final Patience patience;
    private final Runnable guard;
    private long lastFlush = System.nanoTime();

    private Draft(boolean goesOn, Patience patience, Runnable guard) throws IOException {
      this.patience = patience;
      this.guard = guard;
      content.recover();
      if (!goesOn) {
        removeAttempts();
      }
      this.files = content.draft();
      this.metricsFile = attempt(attempts().size() + 1);
      this.metrics = storage.create(metricsFile);
    }

    private Path attempt(int number) {
      return new Path(content.work(), "metrics-" + number + ".jsonl");
    }

    /** The metrics files of all attempts at this run so far, in order. */
    private List<Path> attempts() throws IOException {
      List<Path> attempts = new ArrayList<>();
      while (storage.exists(attempt(attempts.size() + 1))) {
        attempts.add(attempt(attempts.size() + 1));
      }
      return attempts;
    }

    /**
     * The lines of all attempts. A step that was repeated because an attempt was killed after its
     * last checkpoint appears once per repetition.
     */
    public List<String> metrics() {
      List<String> lines = new ArrayList<>();
      try {
        metrics.flush();
        for (Path path : attempts()) {
          storage.text(path).lines().forEach(lines::add);
        }
      } catch (IOException e) {
        throw new StorageException(
            "the metrics in " + content.work() + " cannot be read: " + FirstLine.of(e), e);
      }
      return lines;
    }

    /** Appends a line to the metrics, which are flushed about every five seconds. */
    public void metric(String json) {
      try {
        metrics.write((json + "\n").getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new StorageException(
            "metrics cannot be written to " + content.work() + ": " + FirstLine.of(e), e);
      }
      if (System.nanoTime() - lastFlush > 5_000_000_000L) {
        flush();
      }
    }

    /** Makes sure that the lines so far outlive this process. */
    public void flush() {
      try {
        metrics.flush();
        lastFlush = System.nanoTime();
      } catch (IOException e) {
        throw new StorageException(
            "metrics cannot be written to " + content.work() + ": " + FirstLine.of(e), e);
      }
    }

    /**
     * Writes the model and moves it into place.
     *
     * @param end the final state of its training, if known
     * @param job the resolved job file
     * @param profile of its training rows, before any were left out
     */
    public void finish(
        Model model, Optional<TrainingState> end, String job, Optional<DataProfile> profile) {
      try {
        List<String> lines = metrics();
        patience.insist(
            "writing the model",
            () -> {
              write(model, end, job, lines);
              if (profile.isPresent()) {
                storage.write(
                    new Path(files.folder(), PROFILE), SettingsWriter.toJson(profile.get()));
              }
              return true;
            });
        patience.insist(
            "moving the model into place",
            () -> {
              files.commit(replaced(), guard);
              return true;
            });
        metrics.close();
        removeLeftovers();
      } catch (IOException e) {
        throw content.failure("the model", files, e);
      }
    }

    private void write(Model model, Optional<TrainingState> end, String job, List<String> lines)
        throws IOException {
      Path folder = files.folder();
      storage.write(new Path(folder, METRICS), String.join("\n", lines) + "\n");
      ModelConfig config = model.config();
      ParameterLayout layout = config.energy().settled(config.rowShape());
      String weights = write(new Path(folder, WEIGHTS), layout, model.parameters());
      Optional<HeldOutRows> heldOut = Optional.empty();
      if (model.calibration().isPresent() && config.heldOut().isPresent()) {
        float[] energies = model.calibration().get().energies();
        String sha = write(new Path(folder, CALIBRATION), energies(energies.length), energies);
        heldOut =
            Optional.of(new HeldOutRows(energies.length, config.heldOut().get().share(), sha));
      }
      Optional<TrainingEnd> kept = Optional.empty();
      if (end.isPresent()) {
        StateTensors tensors = StateTensors.of(end.get());
        String sha = write(new Path(folder, STATE), tensors.layout(), tensors.pack(end.get()));
        long steps = end.get().stepsBefore() + end.get().step();
        kept = Optional.of(new TrainingEnd(steps, tensors.moments(), tensors.replay(), sha));
      }
      Optional<BaselineRows> usual = Optional.empty();
      if (model.baselines().isPresent()) {
        Baselines rows = model.baselines().get();
        int quantiles = rows.grid().length / rows.width();
        String sha =
            write(
                new Path(folder, BASELINES),
                baselines(rows.size(), quantiles, rows.width()),
                joined(rows.rows(), rows.grid()));
        usual = Optional.of(new BaselineRows(rows.size(), quantiles, sha));
      }
      storage.write(new Path(folder, JOB), job);
      storage.write(
          new Path(folder, CONFIG),
          SettingsWriter.toJson(config.withChecksums(weights, heldOut, kept, usual)));
    }

    /** Writes tensors and returns their file's checksum. */
    private String write(Path path, ParameterLayout layout, float[] values) throws IOException {
      return TensorFile.write(storage, path, layout, values, Map.of("format", ModelConfig.FORMAT));
    }

    /** The files of the old model, and the checksum files that release 0.1 left beside them. */
    private List<String> replaced() throws IOException {
      return content.files().stream()
          .map(FileList.Entry::name)
          .filter(name -> FILES.contains(name.replaceFirst("^\\.(.*)\\.crc$", "$1")))
          .toList();
    }

    private void removeLeftovers() throws IOException {
      Path previous = previous();
      if (isOurs(previous)) {
        storage.delete(previous);
      }
      removeAttempts();
      storage.deleteOne(content.work());
    }

    /** Last one first, since files are found by counting from the first. */
    private void removeAttempts() throws IOException {
      List<Path> attempts = attempts();
      for (int i = attempts.size() - 1; i >= 0; i--) {
        storage.delete(attempts.get(i));
      }
    }

    /** The file of this attempt's metrics, while the run is unfinished. */
    public String metricsPath() {
      return metricsFile.toString();
    }

    @Override
    public void close() {
      try {
        metrics.close();
      } catch (IOException e) {
        // The run has failed already, and reports why; the metrics are what could be saved of it.
      }
      files.close();
    }
  }

  /**
   * Starts writing a model; called by the holder of the output's lock.
   *
   * @param goesOn whether this is another attempt at the run that left metrics
   * @param patience how long to wait for a full or unreachable file system when finishing
   * @param guard called before the model is moved into place; throws if it must not be
   */
  public Draft draft(boolean goesOn, Patience patience, Runnable guard) {
    try {
      return new Draft(goesOn, patience, guard);
    } catch (IOException e) {
      throw new StorageException(
          "nothing can be written beside " + place + ": " + FirstLine.of(e), e);
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
      place.copyFiles(target, CONFIG, guard);
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
      Path path = content.view().file(PROFILE);
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

  private Model read(CommittedFolder.View view) throws IOException {
    boolean onlyPrevious = !view.isMoving() && !storage.exists(place.path()) && isOurs(previous());
    ModelConfig config = config(file(view, onlyPrevious, CONFIG));
    float[] parameters =
        values(file(view, onlyPrevious, WEIGHTS), layout(config), config.weightsSha256());
    Optional<Calibration> calibration = Optional.empty();
    if (config.heldOut().isPresent()) {
      HeldOutRows held = config.heldOut().get();
      Path path = file(view, onlyPrevious, CALIBRATION);
      calibration = Optional.of(Calibration.of(values(path, energies(held.rows()), held.sha256())));
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
            view.file(BASELINES),
            baselines(usual.rows(), usual.quantiles(), width),
            usual.sha256());
    int rows = usual.rows() * width;
    return Optional.of(
        new Baselines(
            Arrays.copyOf(values, rows), Arrays.copyOfRange(values, rows, values.length), width));
  }

  private static ParameterLayout baselines(int rows, int quantiles, int width) {
    return ParameterLayout.of(
        new Parameter("rows", new long[] {rows, width}, Initializer.constant(0)),
        new Parameter("quantiles", new long[] {width, quantiles}, Initializer.constant(0)));
  }

  private static float[] joined(float[] one, float[] other) {
    float[] all = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, all, one.length, other.length);
    return all;
  }

  private Path file(CommittedFolder.View view, boolean onlyPrevious, String name)
      throws IOException {
    return onlyPrevious ? new Path(previous(), name) : view.file(name);
  }

  private static ParameterLayout energies(int rows) {
    return ParameterLayout.of(
        new Parameter("energies", new long[] {rows}, Initializer.constant(0)));
  }

  private Optional<TrainingState> readEnd(CommittedFolder.View view, Model model)
      throws IOException {
    if (model.config().end().isEmpty()) {
      return Optional.empty();
    }
    TrainingEnd end = model.config().end().get();
    StateTensors tensors = new StateTensors(model.trained().length, end.moments(), end.replay());
    Path path = view.file(STATE);
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
      return place + " is not a model folder: it has no " + CONFIG;
    } catch (IOException e) {
      return place + " cannot be reached: " + FirstLine.of(e);
    }
  }
}
