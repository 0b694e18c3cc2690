package io.ebmspark.spark.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.spark.store.FaultyFileSystem;
import io.ebmspark.spark.store.ObjectStoreFileSystem;
import io.ebmspark.spark.store.Patience;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelFolderTest {
  private static final Patience NONE = new Patience(Duration.ZERO, notice -> {});

  @TempDir Path folder;
  private Model older;
  private Model newer;

  @BeforeEach
  void load() throws URISyntaxException {
    Path release =
        Path.of(ModelFolderTest.class.getResource("/io/ebmspark/release-0.1/models").toURI());
    older = new ModelFolder(release.resolve("mlp").toString(), new Configuration()).read();
    newer = new ModelFolder(release.resolve("sum").toString(), new Configuration()).read();
  }

  @AfterEach
  void heal() {
    FaultyFileSystem.heal();
  }

  private ModelFolder at(String scheme) {
    return new ModelFolder(scheme + "://" + folder + "/model", FaultyFileSystem.configuration());
  }

  private void write(String scheme, Model model) {
    ModelFolder target = at(scheme);
    target.checkWritable(true);
    try (ModelDraft draft = target.draft(false, NONE, () -> {})) {
      draft.metric("{\"step\": 0}");
      draft.finish(model, Optional.empty(), "data: {}\n", Optional.empty());
    }
  }

  private void assertOneOfThem(Model found) {
    assertThat(found.parameters()).isIn(older.parameters(), newer.parameters());
  }

  /** A death, or one failed call, at each call while a model that replaces another is written. */
  @ParameterizedTest
  @CsvSource({"faulty, 2147483647", "copying, 1"})
  void afterDeathAtAnyCallTheOldOrTheNewModelIsRead(String scheme, int failures)
      throws IOException {
    write(scheme, older);
    FaultyFileSystem.made = 0;
    write(scheme, newer);
    int calls = FaultyFileSystem.made;
    int olds = 0;
    int news = 0;
    for (int call = 0; call < calls; call++) {
      write(scheme, older);
      FaultyFileSystem.left = call;
      FaultyFileSystem.failures = failures;
      try {
        write(scheme, newer);
      } catch (StorageException e) {
        // what the dead process wrote last
      }
      heal();
      Model found = at("file").read();
      assertOneOfThem(found);
      boolean isNew = found.parameters().length == newer.parameters().length;
      olds += isNew ? 0 : 1;
      news += isNew ? 1 : 0;
      write(scheme, newer);
      assertThat(at("file").read().parameters()).isEqualTo(newer.parameters());
      try (Stream<Path> left = Files.list(folder)) {
        assertThat(left.map(path -> path.getFileName().toString())).containsExactly("model");
      }
    }
    assertThat(olds).isGreaterThan(5);
    assertThat(news).isGreaterThan(5);
    System.out.printf("MODEL %s: %d calls, old %d, new %d%n", scheme, calls, olds, news);
  }

  /** The user's own files in the folder are not removed with the model. */
  @Test
  void filesThatAreNotTheModelsStay() throws IOException {
    write("file", older);
    Files.writeString(folder.resolve("model/notes.txt"), "mine");
    Files.writeString(folder.resolve("model/.config.json.crc"), "left by release 0.1");
    write("file", newer);
    assertThat(folder.resolve("model/notes.txt")).hasContent("mine");
    assertThat(folder.resolve("model/.config.json.crc")).doesNotExist();
  }

  private Model calibrated(float... energies) {
    ModelConfig c = older.config();
    ModelConfig config =
        c.withChecksums(
            "",
            Optional.of(new HeldOutRows(energies.length, .1, "")),
            Optional.empty(),
            Optional.empty());
    return new Model(config, older.parameters(), Optional.of(Calibration.of(energies)));
  }

  @Test
  void aCalibrationIsKeptToTheBitAndReplacedWithItsModel() {
    float[] energies = {-1.5f, 2, Math.nextUp(2f), 1e30f};
    write("file", calibrated(energies));
    Model found = at("file").read();
    assertThat(found.calibration().orElseThrow().energies()).containsExactly(energies);
    assertThat(found.config().heldOut().orElseThrow().rows()).isEqualTo(4);
    assertThat(found.config().heldOut().orElseThrow().share()).isEqualTo(.1);
    write("file", calibrated(7));
    assertThat(at("file").read().calibration().orElseThrow().energies()).containsExactly(7);
    write("file", newer);
    assertThat(folder.resolve("model/calibration.safetensors")).doesNotExist();
    assertThat(at("file").read().calibration()).isEmpty();
    assertThat(at("file").read().config().heldOut()).isEmpty();
  }

  private Model usual(float... rows) {
    int width = older.config().features().scale().size();
    float[] grid = new float[3 * width];
    grid[1] = rows[0];
    return new Model(
        older.config(),
        older.parameters(),
        Optional.empty(),
        Optional.of(new Baselines(Arrays.copyOf(rows, 2 * width), grid, width)));
  }

  @Test
  void baselinesAreKeptToTheBitAndAreTheModels() throws IOException {
    Path file = folder.resolve("model/baselines.safetensors");
    write("file", usual(-1.5f, Math.nextUp(2f)));
    Baselines kept = at("file").read().baselines().orElseThrow();
    Baselines written = usual(-1.5f, Math.nextUp(2f)).baselines().orElseThrow();
    assertThat(kept.rows()).containsExactly(written.rows());
    assertThat(kept.grid()).containsExactly(written.grid());
    byte[] others = Files.readAllBytes(file);
    write("file", usual(7));
    Files.write(file, others);
    assertThatThrownBy(() -> at("file").read())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("baselines.safetensors does not match config.json");
    write("file", older);
    assertThat(file).doesNotExist();
    assertThat(at("file").read().baselines()).isEmpty();
  }

  @Test
  void aCalibrationThatIsNotTheModelsIsRefused() throws IOException {
    Path file = folder.resolve("model/calibration.safetensors");
    write("file", calibrated(1, 2, 3));
    byte[] others = Files.readAllBytes(file);
    write("file", calibrated(1, 2, 4));
    Files.write(file, others);
    assertThatThrownBy(() -> at("file").read())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("calibration.safetensors does not match config.json");
    write("file", calibrated(1, 2));
    Files.write(file, others);
    assertThatThrownBy(() -> at("file").read())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("calibration.safetensors cannot be used");
    Files.delete(file);
    assertThatThrownBy(() -> at("file").read())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("has no calibration.safetensors");
  }

  @Test
  void anotherProgramsModelIsNotReplaced() throws IOException {
    Files.createDirectories(folder.resolve("model"));
    Files.writeString(folder.resolve("model/config.json"), "{\"architectures\": [\"Bert\"]}");
    assertThatThrownBy(() -> at("file").checkWritable(true))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("files other than a model of this program");
  }

  /** Release 0.1, killed between its two renames. */
  @Test
  void theModelThatReleaseOneKeptAsideIsReadAndReplaced() throws IOException {
    write("file", older);
    Files.move(folder.resolve("model"), folder.resolve("model.previous"));
    assertThat(at("file").read().parameters()).isEqualTo(older.parameters());
    write("file", newer);
    assertThat(at("file").read().parameters()).isEqualTo(newer.parameters());
    assertThat(folder.resolve("model.previous")).doesNotExist();
  }

  @Test
  void aModelIsNotPutInPlaceByARunThatLostItsLock() throws IOException {
    write("file", older);
    try (ModelDraft draft =
        at("file")
            .draft(
                false,
                NONE,
                () -> {
                  throw new IllegalStateException("lost");
                })) {
      assertThatThrownBy(() -> draft.finish(newer, Optional.empty(), "", Optional.empty()))
          .hasMessage("lost");
    }
    assertThat(at("file").read().parameters()).isEqualTo(older.parameters());
  }

  /** Where a file is not there until it is closed, a killed process has closed none. */
  @Test
  void metricsUpToACheckpointOutliveAKillOnAnObjectStore() throws IOException {
    Configuration objects = ObjectStoreFileSystem.configuration();
    org.apache.hadoop.fs.Path bucket =
        new org.apache.hadoop.fs.Path("objects:///" + folder.getFileName());
    ModelFolder target = new ModelFolder(bucket + "/model", objects);
    ModelDraft killed = target.draft(false, NONE, () -> {});
    IntStream.range(0, 12).forEach(step -> killed.metric(step(step)));
    killed.flush();
    IntStream.range(12, 15).forEach(step -> killed.metric(step(step)));
    try (ModelDraft last = target.draft(true, NONE, () -> {})) {
      IntStream.range(12, 40)
          .forEach(
              step -> {
                last.metric(step(step));
                last.flush();
              });
      last.finish(newer, Optional.empty(), "", Optional.empty());
    }
    FileSystem files = bucket.getFileSystem(objects);
    try (InputStream in =
        files.open(new org.apache.hadoop.fs.Path(bucket, "model/metrics.jsonl"))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines())
          .containsExactlyElementsOf(
              IntStream.range(0, 40).mapToObj(ModelFolderTest::step).toList());
    }
    assertThat(files.listStatus(bucket)).hasSize(1);
  }

  private static String step(int number) {
    return "{\"step\": " + number + "}";
  }

  /** Readers read while one model after another is moved into place. */
  @Test
  void whoReadsWhileAModelIsReplacedGetsTheOldOrTheNew() throws Exception {
    write("file", older);
    Files.createDirectories(folder.resolve("model.lock")); // a run is at work
    Thread writer =
        new Thread(
            () -> {
              for (int i = 0; i < 20; i++) {
                write("file", i % 2 == 0 ? newer : older);
              }
            });
    writer.start();
    int reads = 0;
    while (writer.isAlive()) {
      assertOneOfThem(at("file").read());
      reads++;
    }
    assertThat(reads).isGreaterThan(10);
  }
}
