package io.ebmspark.spark.model;

import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.StateTensors;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.store.CommittedFolder;
import io.ebmspark.spark.store.FileList;
import io.ebmspark.spark.store.Patience;
import io.ebmspark.spark.store.Storage;
import io.ebmspark.spark.store.StorageException;
import io.ebmspark.spark.store.TensorFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** A model being written: metrics during training, the rest when it is done. */
public final class ModelDraft implements AutoCloseable {
  private static final Pattern PART = Pattern.compile("metrics-(\\d+)\\.jsonl");

  /** Characters of a part from which on it is not written again: that would take ever longer. */
  private static final int LONG_PART = 1 << 20;

  private final ModelFolder folder;
  private final CommittedFolder content;
  private final Storage storage;
  private final CommittedFolder.Draft files;
  private final Patience patience;
  private final Runnable guard;
  private final StringBuilder part = new StringBuilder();
  private int number;
  private long lastWrite = System.nanoTime();

  /** As {@link ModelFolder#draft}. */
  ModelDraft(
      ModelFolder folder,
      CommittedFolder content,
      Storage storage,
      boolean goesOn,
      Patience patience,
      Runnable guard)
      throws IOException {
    this.folder = folder;
    this.content = content;
    this.storage = storage;
    this.patience = patience;
    this.guard = guard;
    content.recover();
    if (!goesOn) {
      removeParts();
    }
    this.files = content.draft();
    this.number = parts().keySet().stream().reduce(0, Math::max) + 1;
  }

  /**
   * The metrics files of all attempts at this run so far, in order.
   *
   * <p>Each is written in one go, and those of a stretch that is done never again: on an object
   * store a file is not there until it is closed, and cannot be added to.
   */
  private SortedMap<Integer, Path> parts() throws IOException {
    SortedMap<Integer, Path> parts = new TreeMap<>();
    for (FileStatus status : storage.list(content.work())) {
      Matcher name = PART.matcher(status.getPath().getName());
      if (name.matches()) {
        parts.put(Integer.parseInt(name.group(1)), status.getPath());
      }
    }
    return parts;
  }

  /**
   * The lines of all attempts. A step that was repeated because an attempt was killed after its
   * last checkpoint appears once per repetition.
   */
  public List<String> metrics() {
    flush();
    List<String> lines = new ArrayList<>();
    try {
      for (Path path : parts().values()) {
        storage.text(path).lines().forEach(lines::add);
      }
    } catch (IOException e) {
      throw new StorageException(
          "the metrics in " + content.work() + " cannot be read: " + FirstLine.of(e), e);
    }
    return lines;
  }

  /** Appends a line to the metrics, which are written about every five seconds. */
  public void metric(String json) {
    part.append(json).append('\n');
    if (System.nanoTime() - lastWrite > 5_000_000_000L) {
      if (part.length() < LONG_PART) {
        insist();
      } else {
        flush();
      }
    }
  }

  /** Makes sure that the lines so far outlive this process. */
  public void flush() {
    if (!part.isEmpty()) {
      insist();
      part.setLength(0);
      number++;
    }
  }

  private void insist() {
    try {
      patience.insist(
          "writing metrics",
          () -> {
            write();
            return true;
          });
    } catch (IOException e) {
      throw notWritten(e);
    }
  }

  /** Writes the lines since the last part again, with those that came since. */
  private void write() throws IOException {
    guard.run();
    storage.write(new Path(content.work(), "metrics-" + number + ".jsonl"), part.toString());
    lastWrite = System.nanoTime();
  }

  private StorageException notWritten(IOException e) {
    return new StorageException(
        "metrics cannot be written to " + content.work() + ": " + FirstLine.of(e), e);
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
                  new Path(files.folder(), ModelFiles.PROFILE),
                  SettingsWriter.toJson(profile.get()));
            }
            return true;
          });
      patience.insist(
          "moving the model into place",
          () -> {
            files.commit(replaced(), guard);
            return true;
          });
      removeLeftovers();
    } catch (IOException e) {
      throw content.failure("the model", files, e);
    }
  }

  private void write(Model model, Optional<TrainingState> end, String job, List<String> lines)
      throws IOException {
    Path target = files.folder();
    storage.write(new Path(target, ModelFiles.METRICS), String.join("\n", lines) + "\n");
    ModelConfig config = model.config();
    ParameterLayout layout = config.energy().settled(config.rowShape());
    String weights = write(new Path(target, ModelFiles.WEIGHTS), layout, model.parameters());
    Optional<HeldOutRows> heldOut = Optional.empty();
    if (model.calibration().isPresent() && config.heldOut().isPresent()) {
      float[] energies = model.calibration().get().energies();
      String sha =
          write(
              new Path(target, ModelFiles.CALIBRATION),
              ModelFiles.energies(energies.length),
              energies);
      heldOut = Optional.of(new HeldOutRows(energies.length, config.heldOut().get().share(), sha));
    }
    Optional<TrainingEnd> kept = Optional.empty();
    if (end.isPresent()) {
      StateTensors tensors = StateTensors.of(end.get());
      String sha =
          write(new Path(target, ModelFiles.STATE), tensors.layout(), tensors.pack(end.get()));
      long steps = end.get().stepsBefore() + end.get().step();
      kept = Optional.of(new TrainingEnd(steps, tensors.moments(), tensors.replay(), sha));
    }
    Optional<BaselineRows> usual = Optional.empty();
    if (model.baselines().isPresent()) {
      Baselines rows = model.baselines().get();
      int quantiles = rows.grid().length / rows.width();
      String sha =
          write(
              new Path(target, ModelFiles.BASELINES),
              ModelFiles.baselines(rows.size(), quantiles, rows.width()),
              Vectors.joined(List.of(rows.rows(), rows.grid())));
      usual = Optional.of(new BaselineRows(rows.size(), quantiles, sha));
    }
    storage.write(new Path(target, ModelFiles.JOB), job);
    storage.write(
        new Path(target, ModelFiles.CONFIG),
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
        .filter(name -> ModelFiles.ALL.contains(name.replaceFirst("^\\.(.*)\\.crc$", "$1")))
        .toList();
  }

  private void removeLeftovers() throws IOException {
    folder.removePrevious();
    removeParts();
    storage.deleteOne(content.work());
  }

  private void removeParts() throws IOException {
    for (Path path : parts().values()) {
      storage.delete(path);
    }
  }

  /** The files of the metrics, while the run is unfinished. */
  public String metricsPath() {
    return new Path(content.work(), "metrics-*.jsonl").toString();
  }

  @Override
  public void close() {
    try {
      if (!part.isEmpty()) {
        write();
      }
    } catch (IOException | EbmException e) {
      // The run has failed already, and reports why; the metrics are what could be saved of it.
    }
    files.close();
  }
}
