package io.ebmspark.spark.checkpoint;

import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.training.Checkpoints;
import io.ebmspark.core.training.StateTensors;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.model.ModelException;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Patience;
import io.ebmspark.spark.store.Sealed;
import io.ebmspark.spark.store.Storage;
import io.ebmspark.spark.store.StorageException;
import io.ebmspark.spark.store.TensorFile;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The checkpoints of one run, one folder {@code step-N} each, on any Hadoop file system.
 *
 * <p>A checkpoint exists once its manifest does: {@code state.safetensors} is written first, then
 * {@code manifest.json} with the state's checksum and, as its last line, its own. Nothing is
 * renamed, since object stores cannot rename atomically. A checkpoint that was cut short fails a
 * checksum and is skipped. Nothing in it can run code.
 */
public final class CheckpointFolder implements Checkpoints {
  private static final String STATE = "state.safetensors";
  private static final String MANIFEST = "manifest.json";
  private static final Pattern STEP = Pattern.compile("step-(\\d{12})");

  private final Storage storage;
  private final Path folder;
  private final RunIdentity run;
  private final int keep;
  private final Patience patience;
  private final Runnable guard;

  /** What to do with checkpoints that are already in the folder. */
  public enum Resume {
    /** Continues from the same run's checkpoints; rejects another run's. */
    STRICT,
    /** Continues from the same run's checkpoints; starts again if they are another run's. */
    IF_SAME,
    /** Starts again. */
    NEVER
  }

  /**
   * The checkpoints of a run, of which there may be none yet.
   *
   * @param keep how many of the newest to keep
   * @param patience how long to wait for an unreachable or full file system
   * @param guard called before anything is written; throws if nothing may be
   * @param notices receives notices of waits and of checkpoints that cannot be read
   * @throws io.ebmspark.spark.store.PathException if the path cannot be used
   */
  public CheckpointFolder(
      String path,
      Configuration configuration,
      RunIdentity run,
      int keep,
      Duration patience,
      Runnable guard,
      Consumer<String> notices) {
    Location place = Location.of(path, configuration);
    this.folder = place.path();
    this.storage = place.storage();
    this.run = run;
    this.keep = keep;
    this.guard = guard;
    this.patience = new Patience(patience, notices);
  }

  /**
   * Makes sure that any checkpoints in the folder are this run's.
   *
   * @throws ModelException if they are another run's and {@code resume} is {@code STRICT}
   */
  public void open(Resume resume) {
    if (resume == Resume.NEVER) {
      clear();
      return;
    }
    for (Path step : insist("looking for checkpoints", this::steps)) {
      List<String> differences;
      try {
        differences = run.differences(manifest(step).run());
      } catch (Sealed.TornException | IOException e) {
        continue;
      }
      if (differences.isEmpty()) {
        return;
      }
      if (resume == Resume.IF_SAME) {
        patience
            .notices()
            .accept(
                "starting again: the checkpoints in "
                    + folder
                    + " belong to another run ("
                    + String.join(", ", differences)
                    + " differ)");
        clear();
        return;
      }
      throw new ModelException(
          folder
              + " holds checkpoints of another run: "
              + String.join(", ", differences)
              + " differ; set output.resume to never to start again, or choose another"
              + " output.model");
    }
  }

  @Override
  public Optional<TrainingState> latest() {
    return insist(
        "reading checkpoints",
        () -> {
          for (Path step : steps()) {
            try {
              return Optional.of(read(step));
            } catch (Sealed.TornException e) {
              patience.notices().accept("skipping " + step + ": " + e.getMessage());
            } catch (IOException e) {
              storage.list(folder); // fails as well if the file system itself is unreachable
              patience.notices().accept("skipping " + step + ": " + FirstLine.of(e));
            }
          }
          return Optional.empty();
        });
  }

  @Override
  public void save(TrainingState state) {
    insist(
        "writing the checkpoint of step " + state.step(),
        () -> {
          guard.run();
          write(state);
          return true;
        });
    insist(
        "removing old checkpoints",
        () -> {
          prune();
          return true;
        });
  }

  /** Removes all checkpoints: the run is done, or starts again. */
  public void clear() {
    insist(
        "removing checkpoints",
        () -> {
          guard.run();
          storage.delete(folder);
          return true;
        });
  }

  private void write(TrainingState state) throws IOException {
    Path step = new Path(folder, String.format(Locale.ROOT, "step-%012d", state.step()));
    if (isWritten(step, state)) {
      return; // a resumed run repeats this step, with the same bits
    }
    storage.delete(step);
    StateTensors tensors = StateTensors.of(state);
    String sha256 =
        TensorFile.write(
            storage, new Path(step, STATE), tensors.layout(), tensors.pack(state), Map.of());
    Sealed.write(storage, new Path(step, MANIFEST), CheckpointManifest.of(state, sha256, run));
  }

  private boolean isWritten(Path step, TrainingState state) throws IOException {
    try {
      CheckpointManifest there = manifest(step);
      return there.rollbacks() == state.rollbacks() && run.differences(there.run()).isEmpty();
    } catch (Sealed.TornException e) {
      return false;
    }
  }

  private TrainingState read(Path step) throws IOException, Sealed.TornException {
    CheckpointManifest manifest = manifest(step);
    ParameterLayout layout = manifest.tensors().layout();
    if (storage.status(new Path(step, STATE)).map(FileStatus::getLen).orElse(-1L)
        < manifest.tensors().bytes()) {
      throw new Sealed.TornException(STATE + " is cut short"); // before allocating memory for it
    }
    float[] all;
    try {
      all = TensorFile.read(storage, new Path(step, STATE), layout, manifest.stateSha256());
    } catch (TensorFile.ChecksumException e) {
      throw new Sealed.TornException(STATE + " does not match its manifest");
    }
    return manifest.state(all);
  }

  private CheckpointManifest manifest(Path step) throws IOException, Sealed.TornException {
    return Sealed.read(storage, new Path(step, MANIFEST), CheckpointManifest.class);
  }

  /** The folders of all checkpoints, complete or not, newest first. */
  private List<Path> steps() throws IOException {
    List<Path> steps = new ArrayList<>();
    for (FileStatus status : storage.list(folder)) {
      if (status.isDirectory() && STEP.matcher(status.getPath().getName()).matches()) {
        steps.add(status.getPath());
      }
    }
    steps.sort(Comparator.comparing(Path::getName).reversed());
    return steps;
  }

  /** Keeps the newest complete checkpoints; removes older and incomplete ones. */
  private void prune() throws IOException {
    int whole = 0;
    for (Path step : steps()) {
      boolean good = true;
      try {
        manifest(step);
      } catch (Sealed.TornException e) {
        good = false;
      }
      whole += good ? 1 : 0;
      if (!good || whole > keep) {
        storage.delete(step);
      }
    }
  }

  private <T> T insist(String what, Patience.Work<T> work) {
    try {
      return patience.insist(what, work);
    } catch (IOException e) {
      throw new StorageException(
          what + " in " + folder + " failed, and the time to wait is over: " + FirstLine.of(e), e);
    }
  }
}
