package io.ebmspark.spark.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.model.ModelException;
import io.ebmspark.spark.store.FaultyFileSystem;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFolderTest {
  private static final RunIdentity RUN = new RunIdentity("rows", "features", "{}", "{}", 0);

  @TempDir Path folder;
  private final List<String> notices = new ArrayList<>();

  @AfterEach
  void heal() {
    FaultyFileSystem.heal();
  }

  private CheckpointFolder open(String scheme, RunIdentity run, Duration patience) {
    return new CheckpointFolder(
        scheme + folder.resolve("run.checkpoints"),
        FaultyFileSystem.configuration(),
        run,
        2,
        patience,
        () -> {},
        notices::add);
  }

  private CheckpointFolder open() {
    return open("file://", RUN, Duration.ZERO);
  }

  private static TrainingState state(long step, float value) {
    float[] parameters = {value, 2, 3};
    float[][] moments = {{4, 5, 6}, {7, 8, value}};
    return new TrainingState(
        parameters, new float[] {1, value, 1}, moments, new float[] {value, 9}, step, 1);
  }

  private static void assertSame(TrainingState found, TrainingState expected) {
    assertThat(found.step()).isEqualTo(expected.step());
    assertThat(found.rollbacks()).isEqualTo(expected.rollbacks());
    assertThat(found.parameters()).isEqualTo(expected.parameters());
    assertThat(found.average()).isEqualTo(expected.average());
    assertThat(found.moments()).isDeepEqualTo(expected.moments());
    assertThat(found.replay()).isEqualTo(expected.replay());
  }

  @Test
  void stateComesBackWholeAndTheLastAreKept() throws IOException {
    CheckpointFolder checkpoints = open();
    assertThat(checkpoints.latest()).isEmpty();
    for (int step = 100; step <= 400; step += 100) {
      checkpoints.save(state(step, step));
    }
    assertSame(open().latest().orElseThrow(), state(400, 400));
    try (Stream<Path> kept = Files.list(folder.resolve("run.checkpoints"))) {
      assertThat(kept.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("step-000000000300", "step-000000000400");
    }
    checkpoints.clear();
    assertThat(open().latest()).isEmpty();
  }

  @Test
  void withoutReplayBufferOrMoments() {
    TrainingState plain =
        new TrainingState(new float[] {1}, new float[] {2}, new float[0][], null, 5, 0);
    open().save(plain);
    assertSame(open().latest().orElseThrow(), plain);
  }

  /** Dies at every change in turn: the last good checkpoint, or the one being written, is found. */
  @Test
  void deathAtAnyWriteLeavesAGoodCheckpoint() throws IOException {
    FaultyFileSystem.made = 0;
    open("faulty://", RUN, Duration.ZERO).save(state(100, 1));
    int perSave = FaultyFileSystem.made;
    assertThat(perSave).isGreaterThan(6);
    int olds = 0;
    int news = 0;
    for (int death = 0; death < 2 * perSave; death++) {
      CheckpointFolder before = open();
      before.clear();
      before.save(state(100, 1));
      before.save(state(200, 2));
      FaultyFileSystem.left = death;
      boolean died = false;
      try {
        open("faulty://", RUN, Duration.ZERO).save(state(300, 3));
      } catch (StorageException e) {
        died = true;
        assertThat(e).hasMessageContaining("no space left");
      }
      heal();
      TrainingState found = open().latest().orElseThrow();
      assertSame(found, found.step() == 300 ? state(300, 3) : state(200, 2));
      olds += found.step() == 200 ? 1 : 0;
      news += found.step() == 300 ? 1 : 0;
      // The next run reaches this step again, and clears up.
      open().save(state(300, 3));
      assertSame(open().latest().orElseThrow(), state(300, 3));
      try (Stream<Path> kept = Files.list(folder.resolve("run.checkpoints"))) {
        assertThat(kept.count()).as("died %s at %d", died, death).isEqualTo(2);
      }
    }
    assertThat(olds).isGreaterThan(3);
    assertThat(news).isGreaterThan(3);
  }

  @Test
  void damagedCheckpointsArePassedOver() throws IOException {
    CheckpointFolder checkpoints = open();
    checkpoints.save(state(100, 1));
    Path first = folder.resolve("run.checkpoints/step-000000000100");
    for (String file : List.of("state.safetensors", "manifest.json")) {
      Path whole = first.resolve(file);
      int length = (int) Files.size(whole);
      for (int cut : new int[] {0, 1, length / 2, length - 2}) {
        checkpoints.save(state(200, 2));
        Path torn = folder.resolve("run.checkpoints/step-000000000200").resolve(file);
        byte[] content = Files.readAllBytes(torn);
        Files.write(torn, java.util.Arrays.copyOf(content, cut));
        Files.deleteIfExists(torn.resolveSibling("." + file + ".crc"));
        assertSame(open().latest().orElseThrow(), state(100, 1));
        content[length / 2] ^= 1;
        Files.write(torn, content);
        assertSame(open().latest().orElseThrow(), state(100, 1));
        Files.delete(torn);
        assertSame(open().latest().orElseThrow(), state(100, 1));
        delete(torn.getParent());
      }
    }
    assertThat(notices).anyMatch(text -> text.contains("skipping"));
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  @Test
  void anOutageIsWaitedOut() {
    FaultyFileSystem.left = 2;
    FaultyFileSystem.failures = 3;
    open("faulty://", RUN, Duration.ofSeconds(30)).save(state(100, 1));
    assertThat(notices).hasSize(3).allMatch(text -> text.contains("trying again in"));
    heal();
    assertSame(open().latest().orElseThrow(), state(100, 1));
  }

  @Test
  void anotherRunsCheckpointsAreRefusedOrLeftBehindAsAsked() {
    open().save(state(100, 1));
    RunIdentity other = new RunIdentity("others", "features", "{}", "{changed}", 0.1);
    CheckpointFolder strict = open("file://", other, Duration.ZERO);
    assertThatThrownBy(() -> strict.open(CheckpointFolder.Resume.STRICT))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(
            "the rows, the training settings, the rows held out (data.holdOut) differ")
        .hasMessageContaining("output.resume");
    open().open(CheckpointFolder.Resume.STRICT);
    assertThat(open().latest()).isPresent();
    strict.open(CheckpointFolder.Resume.IF_SAME);
    assertThat(open().latest()).isEmpty();
    open().save(state(100, 1));
    open().open(CheckpointFolder.Resume.NEVER);
    assertThat(open().latest()).isEmpty();
  }

  /** A checkpoint of a release that had one setting fewer. */
  @Test
  void settingsAreComparedByWhatTheyMean() {
    String full = "{\"kind\": \"mlp\", \"hidden\": [64, 64], \"activation\": \"silu\"}";
    RunIdentity now =
        new RunIdentity(
            "rows",
            "features",
            SettingsWriter.toJson(new Energies(new Mlp(List.of(64, 64), Activation.SILU))),
            "{}",
            0);
    for (String energy : List.of(full, full.replace(", \"activation\": \"silu\"", ""))) {
      RunIdentity then =
          new RunIdentity("rows", "features", "{\"energy\": " + energy + "}", "{}", 0);
      assertThat(now.differences(then)).as(energy).isEmpty();
    }
    for (String energy : List.of(full.replace("silu", "tanh"), full.replace("mlp", "gone"))) {
      RunIdentity then =
          new RunIdentity("rows", "features", "{\"energy\": " + energy + "}", "{}", 0);
      assertThat(now.differences(then)).as(energy).containsExactly("the energy");
    }
  }

  private record Energies(@Setting("the energy") Energy energy) {}

  /** A manifest is data: paths in it are not followed. */
  @Test
  void hostileManifestsAreNoCheckpoints() throws IOException {
    open().save(state(100, 1));
    Path manifest = folder.resolve("run.checkpoints/step-000000000100/manifest.json");
    String text = Files.readString(manifest);
    String body = text.substring(0, text.stripTrailing().lastIndexOf('\n') + 1);
    for (String hostile :
        List.of(
            body.replace("\"parameters\" : 3", "\"parameters\" : 2000000000"),
            body.replace("\"parameters\":3", "\"parameters\":2000000000"),
            body.replaceFirst("\\{", "{\"class\": \"java.lang.Runtime\","))) {
      if (hostile.equals(body)) {
        continue;
      }
      String sum = Sha256.hex(hostile.getBytes(StandardCharsets.UTF_8));
      Files.writeString(manifest, hostile + sum + "\n");
      Files.deleteIfExists(manifest.resolveSibling(".manifest.json.crc"));
      assertThat(open().latest()).isEqualTo(Optional.empty());
    }
  }
}
