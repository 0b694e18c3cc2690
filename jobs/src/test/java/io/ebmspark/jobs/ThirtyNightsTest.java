package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.evaluation.Auroc;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.Status;
import io.ebmspark.spark.registry.RegisteredModel;
import io.ebmspark.spark.registry.Registry;
import io.ebmspark.spark.registry.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * More than thirty nights on a real table, one command each: healthy ones, and everything that can
 * go wrong with rows, machines and people. The champion must never suffer.
 */
@Tag("long")
class ThirtyNightsTest {
  private static final int WINDOW = 60;

  /** Java without a compiler: a night that is still at it when somebody comes. */
  private static final String[] INTERPRETED = {"-Xint"};

  @TempDir static Path folder;
  private static SparkSession spark;
  private static Flights flights;
  private static List<double[]> usual;
  private static List<double[]> unusual;

  private final List<String> table = new ArrayList<>();
  private Path days;
  private int newest;
  private int night;
  private double first;

  @BeforeAll
  static void start() throws IOException {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("thirty nights")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    spark.sparkContext().setLogLevel("OFF");
    flights = Flights.read();
    usual = flights.test();
    unusual = Flights.corrupted(usual);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  // ---- the nights ------------------------------------------------------------------------------

  @Test
  void theChampionIsNeverTheWorseForANight() throws Exception {
    days = folder.resolve("flights");
    flights.write(days, 1, WINDOW);
    newest = WINDOW;

    night("the first, with no champion", Outcome.PROMOTED);
    first = auroc();
    for (int i = 0; i < 8; i++) {
      healthy();
    }
    night("the same rows again", Outcome.UNCHANGED);
    faults();
    for (int i = 0; i < 4; i++) {
      healthy();
    }
    slowDrift();
    killed();
    fullDisc();
    twoAtOnce();
    diverged();
    aBadPromotion();
    for (int i = 0; i < 3; i++) {
      healthy();
    }
    Path target = Files.createDirectories(Path.of("target"));
    Files.write(target.resolve("thirty-nights.md"), table);
  }

  private void healthy() throws Exception {
    flights.write(days, ++newest, newest);
    RunRecord record = night("a day more", Outcome.PROMOTED);
    assertThat(record.checks())
        .as("no alarm on a healthy night")
        .noneMatch(check -> check.status() == Status.WARNED || check.status() == Status.FAILED);
  }

  // ---- faults of rows --------------------------------------------------------------------------

  private void faults() throws Exception {
    refused("a column has another name", "air_time", rows -> rows, "air_time", "time_in_air");
    refused("miles have become metres", "distance", cells -> scale(cells, 5, 1609));
    refused("delays have jumped by an hour", "arrival_delay", cells -> add(cells, 3, 60));
    Random random = new Random(2);
    refused(
        "a third of the air times are missing",
        "air_time",
        cells -> random.nextInt(3) == 0 ? with(cells, 4, "") : cells);
    refused(
        "a tenth of the flights leave from an airport that was not there",
        "airport",
        cells -> random.nextInt(10) == 0 ? with(cells, 6, "4") : cells);
    refused(
        "a fifth of the rows are noise",
        "",
        cells ->
            random.nextInt(5) > 0
                ? cells
                : new String[] {
                  cells[0],
                  Integer.toString(random.nextInt(1440)),
                  Integer.toString(random.nextInt(240) - 20),
                  Integer.toString(random.nextInt(240) - 40),
                  Integer.toString(20 + random.nextInt(400)),
                  Integer.toString(80 + random.nextInt(2500)),
                  Integer.toString(1 + random.nextInt(3))
                });

    Path half = fault(UnaryOperator.identity());
    for (int day = newest - WINDOW + 1; day <= newest; day += 2) {
      Files.delete(Flights.file(half, day));
    }
    assertRefused(
        night("half of the days are missing", Outcome.REFUSED_BY_CHECK, from(half)), "rows");
    Path twice = fault(UnaryOperator.identity());
    Files.copy(Flights.file(twice, newest), twice.resolve("copy.csv"));
    assertRefused(night("a file is there twice", Outcome.REFUSED_BY_CHECK, from(twice)), "file");
  }

  private void refused(String what, String reason, UnaryOperator<String[]> change, String... rename)
      throws Exception {
    Path folder = fault(change);
    if (rename.length > 0) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.writeString(file, Files.readString(file).replaceFirst(rename[0], rename[1]));
        }
      }
    }
    assertRefused(night(what, Outcome.REFUSED_BY_CHECK, from(folder)), reason);
  }

  private static void assertRefused(RunRecord record, String reason) {
    assertThat(record.reason()).contains(reason);
    assertThat(record.candidateVersion()).as("nothing is trained").isEmpty();
  }

  private static String[] with(String[] cells, int column, String text) {
    String[] changed = cells.clone();
    changed[column] = text;
    return changed;
  }

  private static String[] scale(String[] cells, int column, double factor) {
    return cells[column].isEmpty()
        ? cells
        : with(
            cells, column, Long.toString(Math.round(factor * Double.parseDouble(cells[column]))));
  }

  private static String[] add(String[] cells, int column, long shift) {
    return cells[column].isEmpty()
        ? cells
        : with(cells, column, Long.toString(shift + Long.parseLong(cells[column])));
  }

  /** Tonight's rows, changed. */
  private Path fault(UnaryOperator<String[]> change) throws IOException {
    Path place = Files.createDirectory(folder.resolve("fault-" + night));
    for (int day = newest - WINDOW + 1; day <= newest; day++) {
      flights.write(place, day, change);
    }
    return place;
  }

  private static String from(Path place) {
    return "--set=data.source.path=" + place;
  }

  /** Each night's drift is too small to be seen; that from the first champion's rows is not. */
  private void slowDrift() throws Exception {
    long before = model().champion().orElseThrow().number();
    boolean told = false;
    for (int i = 1; i <= 6; i++) {
      int later = 45 * i;
      Path place = fault(cells -> add(cells, 1, later));
      RunRecord record = night("departures " + later + " minutes later", null, from(place));
      told |=
          record.checks().stream()
              .anyMatch(
                  check -> check.status() == Status.WARNED || check.status() == Status.FAILED);
    }
    assertThat(told).as("a slow drift is told").isTrue();
    rollBack(Long.toString(before));
  }

  private void rollBack(String... version) throws Exception {
    List<String> command = new ArrayList<>(List.of("rollback", "flights"));
    command.addAll(List.of(version));
    command.add("--registry=" + folder.resolve("registry"));
    command.add("--reason=it was better");
    assertThat(Main.run(command.toArray(String[]::new))).isZero();
    note("rolled back by hand", "version " + model().champion().orElseThrow().number(), 0, "");
  }

  // ---- faults of machines ----------------------------------------------------------------------

  /** Killed at each of its stages, and started again: the version an undisturbed night makes. */
  private void killed() throws Exception {
    flights.write(days, ++newest, newest);
    Path undisturbed = folder.resolve("undisturbed");
    copy(folder.resolve("registry"), undisturbed);
    assertThat(Main.run(arguments("--set=registry=" + undisturbed))).isZero();

    for (String stage : List.of("check", "read, order, check", "step ", "train ", "evaluate")) {
      Path log = folder.resolve("killed-" + night + ".log");
      // What follows the evaluation takes a tenth of a second otherwise.
      String[] options = stage.equals("evaluate") ? INTERPRETED : new String[0];
      Process process = JobProcess.start(log, options, arguments());
      try {
        while (!Files.readString(log).lines().anyMatch(line -> line.startsWith(stage))) {
          assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
          Thread.sleep(5);
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
      note("killed after '" + stage.strip() + "'", "SIGKILL", 137, "");
      assertThat(model().champion()).isPresent();
    }
    night("started again", Outcome.PROMOTED);
    assertChampionIsThatOf(undisturbed);
  }

  private static void assertChampionIsThatOf(Path undisturbed) throws IOException {
    assertThat(Files.readAllBytes(champion().resolve("model.safetensors")))
        .as("the bits of a night that nothing disturbed")
        .isEqualTo(Files.readAllBytes(champion(undisturbed).resolve("model.safetensors")));
  }

  /** No room at all, and room for less than a night writes; with room again it is finished. */
  private void fullDisc() throws Exception {
    flights.write(days, ++newest, newest);
    Path undisturbed = folder.resolve("with-room");
    copy(folder.resolve("registry"), undisturbed);
    String healthy = onDisc(0, Long.MAX_VALUE, "--set=registry=" + undisturbed);
    long takes = FullDisc.written(healthy);
    long champion = model().champion().orElseThrow().number();
    for (double share : new double[] {0, .1, .3}) {
      long room = (long) (share * takes);
      String said =
          onDisc(75, room, "--set=patience=1")
              .lines()
              .filter(line -> line.startsWith("ebm: "))
              .findFirst()
              .orElseThrow()
              .substring("ebm: ".length());
      assertThat(said).contains("No space left on device");
      assertThat(model().champion().orElseThrow().number()).isEqualTo(champion);
      note(
          "the disc has room for %d kB of %d".formatted(room >> 10, takes >> 10),
          "failed",
          75,
          said.replace(folder.toString(), "…"));
    }
    night("with room again", Outcome.PROMOTED);
    assertChampionIsThatOf(undisturbed);
  }

  /** A night in a process whose disc has so much room; returns what it printed. */
  private String onDisc(int expected, long room, String... more) throws Exception {
    Path log = folder.resolve("disc-" + night + ".log");
    Process process = JobProcess.start(log, FullDisc.options(room), arguments(more));
    int code = process.waitFor();
    String printed = Files.readString(log);
    assertThat(code).as(printed).isEqualTo(expected);
    return printed;
  }

  private void twoAtOnce() throws Exception {
    flights.write(days, ++newest, newest);
    Path log = folder.resolve("first-of-two.log");
    Process other = JobProcess.start(log, INTERPRETED, arguments());
    while (!Files.readString(log).lines().anyMatch(line -> line.startsWith("check"))) {
      assertThat(other.isAlive()).as(Files.readString(log)).isTrue();
      Thread.sleep(20);
    }
    RunRecord second = night("two at once: the second", Outcome.FAILED);
    assertThat(second.exitCode()).isEqualTo(5);
    assertThat(second.reason()).contains("process " + other.pid());
    assertThat(other.waitFor()).as(Files.readString(log)).isZero();
    note("two at once: the first", "promoted", 0, "");
  }

  private void diverged() throws Exception {
    flights.write(days, ++newest, newest);
    RunRecord record =
        night(
            "a learning rate that cannot be",
            Outcome.FAILED,
            "--set=training.learningRate=1e6",
            "--set=warmStart.weights=fresh");
    assertThat(record.exitCode()).isEqualTo(4);
  }

  // ---- faults of people ------------------------------------------------------------------------

  private void aBadPromotion() throws Exception {
    RunRecord record =
        night(
            "hardly trained",
            Outcome.REFUSED_BY_GATE,
            "--set=training.steps=1",
            "--set=warmStart.weights=fresh");
    long bad = record.candidateVersion().orElseThrow();
    double good = auroc();
    assertThat(
            Main.run(
                "promote",
                "flights",
                Long.toString(bad),
                "--registry=" + folder.resolve("registry"),
                "--force",
                "--reason=it will do"))
        .isZero();
    double now = auroc();
    note("promoted by hand", "version " + bad, 0, "");
    assertThat(now).isLessThan(good - .02);
    rollBack();
    assertThat(auroc()).isEqualTo(good);
  }

  // ---- one night -------------------------------------------------------------------------------

  private String[] arguments(String... more) {
    return Stream.concat(
            Stream.of(
                "retrain",
                "../examples/flights-retrain.yaml",
                "--set=registry=" + folder.resolve("registry"),
                "--set=evaluation.parts=[objective, ranking]", // samples are no gate, and take time
                "--set=data.source.path=" + days,
                "--set=data.source.where=day BETWEEN " + (newest - WINDOW + 1) + " AND " + newest),
            Stream.of(more))
        .toArray(String[]::new);
  }

  /** Runs a night and checks its outcome; null accepts anything but an error. */
  private RunRecord night(String what, Outcome expected, String... more) throws Exception {
    Path record = folder.resolve("night-" + night);
    String[] all =
        Stream.concat(Stream.of(arguments(more)), Stream.of("--record=" + record))
            .toArray(String[]::new);
    int code = Main.run(all);
    Path file = record.resolve("run.json");
    RunRecord found =
        SettingsBinder.bind(
            SettingsTree.parse(file.toString(), Files.readString(file)), RunRecord.class);
    note(what, found.outcome().name().toLowerCase(Locale.ROOT), code, found.reason());
    assertThat(code).as(found.reason()).isEqualTo(found.exitCode());
    if (expected != null) {
      assertThat(found.outcome()).as(what + ": " + found.reason()).isEqualTo(expected);
    } else {
      assertThat(found.outcome()).as(found.reason()).isNotEqualTo(Outcome.FAILED);
    }
    assertThat(record.resolve("report.html")).isNotEmptyFile();
    return found;
  }

  private void note(String what, String outcome, int code, String reason) {
    double now = auroc();
    table.add(
        String.format(
            Locale.ROOT,
            "| %d | %s | %s | %d | %s | %d | %.4f |",
            ++night,
            what,
            outcome.replace('_', ' '),
            code,
            reason,
            model().champion().orElseThrow().number(),
            now));
    if (first > 0 && !what.equals("promoted by hand") && !what.startsWith("departures")) {
      // Noise of the area: 4 000 rows of each kind, areas near .97.
      assertThat(now).as(what).isGreaterThan(first - .01);
    }
  }

  private static RegisteredModel model() {
    return model(folder.resolve("registry"));
  }

  private static RegisteredModel model(Path registry) {
    return Registry.at(registry.toString(), new Configuration()).model("flights");
  }

  private static Path champion() {
    return champion(folder.resolve("registry"));
  }

  private static Path champion(Path registry) {
    Version version = model(registry).champion().orElseThrow();
    return Path.of(version.modelFolder());
  }

  /** How well the champion separates real flights of later days from made-up ones. */
  private static double auroc() {
    Model model = new ModelFolder(champion().toString(), new Configuration()).read();
    try (RowEnergies open = model.open(Device.cpu())) {
      FeatureScaling scaling = model.config().features().scaling();
      return Auroc.of(
          open.energies(packed(usual, scaling)), open.energies(packed(unusual, scaling)));
    }
  }

  private static float[] packed(List<double[]> rows, FeatureScaling scaling) {
    float[] packed = new float[rows.size() * scaling.width()];
    for (int i = 0; i < packed.length; i++) {
      int feature = i % scaling.width();
      packed[i] = scaling.toModel(feature, rows.get(i / scaling.width())[feature]);
    }
    return packed;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
