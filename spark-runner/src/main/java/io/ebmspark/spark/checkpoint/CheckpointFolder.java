package io.ebmspark.spark.checkpoint;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.model.Safetensors;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.Checkpoints;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.model.ModelException;
import io.ebmspark.spark.store.Patience;
import io.ebmspark.spark.store.StorageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;

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

  private final FileSystem files;
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

  /** A checkpoint that was cut short, or is damaged. */
  private static final class TornException extends Exception {
    private static final long serialVersionUID = 1;

    TornException(String message) {
      super(message);
    }
  }

  /**
   * The checkpoints of a run, which need not be there.
   *
   * @param keep how many are kept, the newest
   * @param patience how long an unreachable or full file system is waited for
   * @param guard asked before anything is written; throws where that must not be
   * @param notices is told of waits, and of checkpoints that cannot be read
   * @throws ModelException if the path cannot be used
   */
  public CheckpointFolder(
      String path,
      Configuration configuration,
      RunIdentity run,
      int keep,
      Duration patience,
      Runnable guard,
      Consumer<String> notices) {
    this.folder = new Path(path);
    this.run = run;
    this.keep = keep;
    this.guard = guard;
    this.patience = new Patience(patience, notices);
    try {
      this.files = folder.getFileSystem(configuration);
    } catch (IOException e) {
      throw new ModelException(
          "the checkpoint path '" + path + "' cannot be used: " + FirstLine.of(e), e);
    }
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
      } catch (TornException | IOException e) {
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
            } catch (TornException e) {
              patience.notices().accept("passing over " + step + ": " + e.getMessage());
            } catch (IOException e) {
              files.getFileStatus(folder); // fails too where it is the file system that is away
              patience.notices().accept("passing over " + step + ": " + FirstLine.of(e));
            }
          }
          return Optional.empty();
        });
  }

  @Override
  public void save(TrainingState state) {
    guard.run();
    insist(
        "writing the checkpoint of step " + state.step(),
        () -> {
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
    guard.run();
    insist("removing checkpoints", () -> files.delete(folder, true));
  }

  private void write(TrainingState state) throws IOException {
    Path step = new Path(folder, String.format("step-%012d", state.step()));
    if (isWritten(step, state)) {
      return; // a run that went on from an earlier one comes by again, with the same bits
    }
    files.delete(step, true);
    files.mkdirs(step);
    CheckpointManifest sizes = CheckpointManifest.of(state, "", run);
    ParameterLayout layout = sizes.layout();
    MessageDigest sha = Sha256.digest();
    try (FSDataOutputStream file = files.create(new Path(step, STATE));
        DigestOutputStream out = new DigestOutputStream(file, sha)) {
      Safetensors.write(out, layout, packed(state, layout.size()), Map.of());
      settle(file);
    }
    String checksum = Sha256.hex(sha);
    String manifest = SettingsWriter.toJson(CheckpointManifest.of(state, checksum, run)).strip();
    byte[] text = (manifest + "\n").getBytes(StandardCharsets.UTF_8);
    try (FSDataOutputStream file = files.create(new Path(step, MANIFEST))) {
      file.write(text);
      file.write((Sha256.hex(text) + "\n").getBytes(StandardCharsets.UTF_8));
      settle(file);
    }
  }

  /** To the disc itself, where the file system can say so. */
  private static void settle(FSDataOutputStream file) throws IOException {
    if (file.hasCapability(StreamCapabilities.HSYNC)) {
      file.hsync();
    }
  }

  private boolean isWritten(Path step, TrainingState state) throws IOException {
    try {
      CheckpointManifest there = manifest(step);
      return there.rollbacks() == state.rollbacks() && run.differences(there.run()).isEmpty();
    } catch (TornException e) {
      return false;
    }
  }

  private static float[] packed(TrainingState state, int size) {
    float[] all = new float[size];
    int at = append(all, 0, state.parameters());
    at = append(all, at, state.average());
    for (float[] moment : state.moments()) {
      at = append(all, at, moment);
    }
    float[] replay = state.replay();
    if (replay != null) {
      append(all, at, replay);
    }
    return all;
  }

  private static int append(float[] all, int at, float[] part) {
    System.arraycopy(part, 0, all, at, part.length);
    return at + part.length;
  }

  private TrainingState read(Path step) throws IOException, TornException {
    CheckpointManifest manifest = manifest(step);
    ParameterLayout layout = manifest.layout();
    if (files.getFileStatus(new Path(step, STATE)).getLen() < 4L * layout.size()) {
      throw new TornException(STATE + " is cut short"); // before memory is set aside for it
    }
    MessageDigest sha = Sha256.digest();
    float[] all;
    try (InputStream in = new DigestInputStream(files.open(new Path(step, STATE)), sha)) {
      all = Safetensors.read(in, layout);
    }
    if (!Sha256.hex(sha).equals(manifest.stateSha256())) {
      throw new TornException(STATE + " is not the file the manifest was written for");
    }
    int n = manifest.parameters();
    float[][] moments = new float[manifest.moments()][];
    for (int i = 0; i < moments.length; i++) {
      moments[i] = Arrays.copyOfRange(all, (2 + i) * n, (3 + i) * n);
    }
    float[] replay =
        manifest.replay() == 0
            ? null
            : Arrays.copyOfRange(all, (2 + moments.length) * n, all.length);
    return new TrainingState(
        Arrays.copyOf(all, n),
        Arrays.copyOfRange(all, n, 2 * n),
        moments,
        replay,
        manifest.step(),
        manifest.rollbacks());
  }

  private CheckpointManifest manifest(Path step) throws IOException, TornException {
    String text;
    try (InputStream in = files.open(new Path(step, MANIFEST))) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      throw new TornException("it has no " + MANIFEST);
    }
    int last = text.stripTrailing().lastIndexOf('\n') + 1;
    String checked = text.substring(0, last);
    String checksum = Sha256.hex(checked.getBytes(StandardCharsets.UTF_8));
    if (!text.substring(last).strip().equals(checksum)) {
      throw new TornException(MANIFEST + " is cut short");
    }
    try {
      return SettingsBinder.bind(
          SettingsTree.parse(step + "/" + MANIFEST, checked), CheckpointManifest.class);
    } catch (SettingsException e) {
      throw new TornException(String.valueOf(e.getMessage()));
    }
  }

  /** The folders of all checkpoints, whole or not, the newest first. */
  private List<Path> steps() throws IOException {
    List<Path> steps = new ArrayList<>();
    try {
      for (FileStatus status : files.listStatus(folder)) {
        Matcher matcher = STEP.matcher(status.getPath().getName());
        if (status.isDirectory() && matcher.matches()) {
          steps.add(status.getPath());
        }
      }
    } catch (FileNotFoundException e) {
      return steps;
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
      } catch (TornException e) {
        good = false;
      }
      whole += good ? 1 : 0;
      if (!good || whole > keep) {
        files.delete(step, true);
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
