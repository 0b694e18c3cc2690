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
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The checkpoints of one run, a folder {@code step-N} each, on any Hadoop file system.
 *
 * <p>A checkpoint is there when its manifest is: {@code state.safetensors} is written first, then
 * {@code manifest.json} with the state's checksum and, as its last line, its own. Nothing is
 * renamed, since object stores cannot do that at once. What was cut short fails a checksum, and is
 * passed over. Nothing in it can run code.
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

  /** How a folder is opened that holds another run's checkpoints. */
  public enum Resume {
    /** Goes on from the same run's checkpoints, and refuses another's. */
    STRICT,
    /** Goes on from the same run's checkpoints, and starts again where they are another's. */
    IF_SAME,
    /** Starts again. */
    NEVER
  }

  /**
   * The checkpoints of a run, which need not be there.
   *
   * @param keep how many are kept, the newest
   * @param patience how long an unreachable or full file system is waited for
   * @param guard asked before anything is written; throws where that must not be
   * @param notices is told of waits, and of checkpoints that cannot be read
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
   * Makes sure that what is there is this run's.
   *
   * @throws ModelException if it is another's, and {@code resume} is strict
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
                    + " are of another run ("
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
              patience.notices().accept("passing over " + step + ": " + e.getMessage());
            } catch (IOException e) {
              storage.list(folder); // fails too where it is the file system that is away
              patience.notices().accept("passing over " + step + ": " + FirstLine.of(e));
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
    Path step = new Path(folder, String.format("step-%012d", state.step()));
    if (isWritten(step, state)) {
      return; // a run that went on from an earlier one comes by again, with the same bits
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
      throw new Sealed.TornException(STATE + " is cut short"); // before memory is set aside for it
    }
    float[] all;
    try {
      all = TensorFile.read(storage, new Path(step, STATE), layout, manifest.stateSha256());
    } catch (TensorFile.ChecksumException e) {
      throw new Sealed.TornException(STATE + " is not the file the manifest was written for");
    }
    return manifest.state(all);
  }

  private CheckpointManifest manifest(Path step) throws IOException, Sealed.TornException {
    return Sealed.read(storage, new Path(step, MANIFEST), CheckpointManifest.class);
  }

  /** The folders of all checkpoints, whole or not, the newest first. */
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

  /** Keeps the newest whole ones; removes older ones, and what was cut short. */
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
          what + " in " + folder + " failed, and patience is over: " + FirstLine.of(e), e);
    }
  }
}
