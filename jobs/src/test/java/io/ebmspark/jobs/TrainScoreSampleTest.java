package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.record.Evaluation;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.Phase;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.Status;
import io.ebmspark.spark.registry.Change;
import io.ebmspark.spark.registry.RegisteredModel;
import io.ebmspark.spark.registry.Registry;
import io.ebmspark.spark.run.RunListener;
import io.ebmspark.spark.run.ScoreJob;
import io.ebmspark.spark.run.ScoringRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's whole path: train, score, sample, describe, on the shipped table. */
class TrainScoreSampleTest {
  private static final String DATA = "../examples/data/breast-cancer.csv";

  private static SparkSession spark;
  @TempDir static Path folder;

  @BeforeAll
  static void train() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("train, score, sample")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    spark.sparkContext().setLogLevel("OFF");
    assertThat(train("model")).isZero();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static int train(String name, String... more) {
    return Main.run(trainArguments(name, more));
  }

  private static String[] trainArguments(String name, String... more) {
    return Stream.concat(
            Stream.of(
                "train",
                "../examples/breast-cancer.yaml",
                "--set=data.source.path=" + DATA,
                "--set=training.steps=20",
                "--set=output.overwrite=false",
                "--set=output.model=" + folder.resolve(name)),
            Stream.of(more))
        .toArray(String[]::new);
  }

  private static int score(String output, String... more) {
    return Main.run(
        Stream.concat(
                Stream.of(
                    "score",
                    "--set=model=" + folder.resolve("model"),
                    "--set=source={path: " + DATA + ", format: csv}",
                    "--set=output.path=" + folder.resolve(output)),
                Stream.of(more))
            .toArray(String[]::new));
  }

  @Test
  void preflightAnswersInJson() throws IOException {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      assertThat(Main.run("preflight", "--json")).isZero();
    } finally {
      System.setOut(before);
    }
    assertThat(new ObjectMapper().readTree(out.toByteArray()).get("canCompute").get(0).asText())
        .startsWith("the driver, Java ");
  }

  @Test
  void sameJobWritesTheSameWeights() throws IOException {
    assertThat(train("again")).isZero();
    assertThat(Files.readAllBytes(folder.resolve("again/model.safetensors")))
        .isEqualTo(Files.readAllBytes(folder.resolve("model/model.safetensors")));
    assertThat(train("other", "--set=training.seed=1")).isZero();
    assertThat(Files.readAllBytes(folder.resolve("other/model.safetensors")))
        .isNotEqualTo(Files.readAllBytes(folder.resolve("model/model.safetensors")));
    assertThat(Files.readAllLines(folder.resolve("model/metrics.jsonl"))).hasSize(20);
    assertThat(folder.resolve("model.incomplete")).doesNotExist();
  }

  /** Of work that takes long one line every ten seconds; of other work none. */
  @Test
  void longWorkTellsHowManyOfItsTasksAreDone() throws Exception {
    List<String> slow = new ArrayList<>();
    List<String> quick = new ArrayList<>();
    AtomicLong sixSecondsALook = new AtomicLong();
    SparkContext context = spark.sparkContext();
    try (TaskProgress ofSlow =
            new TaskProgress(context, slow::add, () -> sixSecondsALook.addAndGet(6_000_000_000L));
        TaskProgress ofQuick = new TaskProgress(context, quick::add, () -> 0)) {
      context.addSparkListener(ofSlow);
      context.addSparkListener(ofQuick);
      context.setJobDescription("counting");
      spark.range(0, 100, 1, 4).toJavaRDD().count();
      context.listenerBus().waitUntilEmpty();
    } finally {
      context.setJobDescription(null);
    }
    assertThat(slow).containsExactly("counting: 2 of 4 tasks done", "counting: 4 of 4 tasks done");
    assertThat(quick).isEmpty();
  }

  @Test
  void everyRunLeavesItsRecord() throws IOException {
    RunRecord trained = record("model.train");
    assertThat(trained.outcome()).isEqualTo(Outcome.DONE);
    assertThat(trained.exitCode()).isZero();
    assertThat(trained.training().orElseThrow().steps()).isEqualTo(20);
    assertThat(trained.training().orElseThrow().curve()).hasSize(20);
    assertThat(trained.phases()).extracting(Phase::name).contains("train", "write");
    assertThat(trained.settings()).contains("denoising-score-matching");

    assertThat(train("no-steps", "--set=data.source.path=" + folder.resolve("none.csv")))
        .isEqualTo(3);
    RunRecord failed = record("no-steps.train");
    assertThat(failed.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(failed.exitCode()).isEqualTo(3);
    assertThat(failed.reason()).contains("none.csv does not exist");

    // A run that is done is done, though its record cannot be kept: the exit code says so.
    assertThat(train("unrecorded", "--record=" + folder.resolve("model/job.yaml/inside"))).isZero();
    assertThat(folder.resolve("unrecorded/model.safetensors")).exists();

    // A path through a file is one to correct, and not to try again.
    assertThat(train("model/job.yaml/inside")).isEqualTo(2);

    // What is no path is told before anything is done.
    assertThat(train("misnamed", "--record=rec:ord")).isEqualTo(2);
    assertThat(folder.resolve("misnamed")).doesNotExist();

    assertThat(train("tried", "--dry-run")).isZero();
    assertThat(folder.resolve("tried.train")).doesNotExist();
  }

  /** The profile takes longest of all on a large table, and is not made in vain. */
  @Test
  void aRunThatTheHeapCannotHoldIsRefusedBeforeTheProfile() throws IOException {
    assertThat(train("too-large", "--set=energy={kind: mlp, hidden: [22000, 22000]}")).isEqualTo(2);
    RunRecord refused = record("too-large.train");
    assertThat(refused.reason()).contains("spark.driver.memory", "set it to at least");
    assertThat(refused.phases()).extracting(Phase::name).contains("pack").doesNotContain("profile");
  }

  private static RunRecord record(String name) throws IOException {
    Path file = folder.resolve(name).resolve("run.json");
    return SettingsBinder.bind(
        SettingsTree.parse(file.toString(), Files.readString(file)), RunRecord.class);
  }

  @Test
  void savedJobTrainsTheSameModelAgain() throws IOException {
    Path job = folder.resolve("model/job.yaml");
    assertThat(
            Main.run("train", job.toString(), "--set=output.model=" + folder.resolve("from-saved")))
        .isZero();
    assertThat(Files.readAllBytes(folder.resolve("from-saved/model.safetensors")))
        .isEqualTo(Files.readAllBytes(folder.resolve("model/model.safetensors")));
  }

  @Test
  void scoringKeepsTheColumnsAndAddsTheModelsEnergies() {
    assertThat(score("scored")).isZero();
    assertThat(score("scored-csv", "--set=output.format=csv")).isZero();
    Dataset<Row> scored = spark.read().parquet(folder.resolve("scored").toString());
    assertThat(scored.count()).isEqualTo(569);
    assertThat(scored.columns())
        .hasSize(34)
        .contains("malignant", "mean_radius", "energy", "energy_percentile", "energy_p_value");
    assertThat(spark.read().option("header", "true").csv(folder + "/scored-csv").count())
        .isEqualTo(569);
    Model model = new ModelFolder(folder + "/model", new Configuration()).read();
    List<String> columns = model.config().features().columns();
    try (RowEnergies energies = model.open(Device.cpu())) {
      for (Row row : scored.takeAsList(20)) {
        float[] z = new float[columns.size()];
        for (int i = 0; i < z.length; i++) {
          double raw = ((Number) row.getAs(columns.get(i))).doubleValue();
          z[i] = model.config().features().scaling().toModel(i, raw);
        }
        double energy = row.getAs("energy");
        assertThat(energy)
            .isCloseTo(energies.energies(z)[0], within(1e-5 * (1 + Math.abs(energy))));
        double percentile = row.getAs("energy_percentile");
        assertThat(percentile).isBetween(0.0, 100.0);
      }
    }
    // Percentiles of usual rows are evenly spread, as far as n held-out rows tell: an even spread
    // has variance 100²/12, and the mean of n such draws an n-th of it.
    double mean =
        scored.where("malignant = 0").selectExpr("avg(energy_percentile)").head().getDouble(0);
    int heldOut = model.calibration().orElseThrow().rows();
    assertThat(heldOut).isBetween(20, 55);
    assertThat(mean).isCloseTo(50, within(3 * 100 / Math.sqrt(12 * heldOut)));
  }

  /** Another version is promoted between the look-up and the reading of the model. */
  @Test
  @Tag("long")
  void scoringEndsOnTheChampionItStartedOn() {
    Configuration hadoop = new Configuration();
    String registry = folder.resolve("registry").toString();
    RegisteredModel model = Registry.at(registry, hadoop).model("cells");
    assertThat(train("later", "--set=training.seed=5")).isZero();
    model.register(folder + "/model", hadoop, Change.because(""), notice -> {});
    model.register(folder + "/later", hadoop, Change.because(""), notice -> {});
    model.promote(1, Change.because(""));
    ScoreJob job =
        SettingsBinder.bind(
            SettingsTree.parse(
                "job",
                "{model: 'models:/cells@champion', registry: "
                    + registry
                    + ", source: {path: "
                    + DATA
                    + ", format: csv}, output: {path: "
                    + folder.resolve("by-name")
                    + "}}"),
            ScoreJob.class);
    RunListener promoting =
        new RunListener() {
          @Override
          public void onNotice(String text) {
            if (text.contains("models:/cells@champion, version 1 in")) {
              model.promote(2, Change.because("better"));
            }
          }
        };
    new ScoringRun(spark, job, promoting).score();
    assertThat(model.champion().orElseThrow().number()).isEqualTo(2);
    assertThat(score("by-folder")).isZero();
    assertThat(energies("by-name")).isEqualTo(energies("by-folder"));
    assertThat(
            score(
                "by-champion", "--set=model=models:/cells@champion", "--set=registry=" + registry))
        .isZero();
    assertThat(energies("by-champion")).isNotEqualTo(energies("by-folder"));
  }

  private static List<Row> energies(String output) {
    return spark
        .read()
        .parquet(folder.resolve(output).toString())
        .select("energy")
        .orderBy("energy")
        .collectAsList();
  }

  @Test
  void scoringEndsWithWhatAPersonWantsToKnowNext() {
    String said =
        output(
            "score",
            "--set=model=" + folder.resolve("model"),
            "--set=source={path: " + DATA + ", format: csv}",
            "--set=threshold.falsePositiveRate=0.1",
            "--set=show=3",
            "--set=explain.rows=flagged",
            "--set=output.path=" + folder.resolve("summarised"));
    Dataset<Row> scored = spark.read().parquet(folder.resolve("summarised").toString());
    long flagged = scored.where("is_anomaly").count();
    assertThat(scored.where("is_anomaly = (energy_p_value <= 0.1)").count()).isEqualTo(569);
    assertThat(said)
        .contains(
            "569 rows scored; " + flagged + " flagged in is_anomaly, with a p-value of at most 0.1",
            "about 56.9 if all rows were usual",
            "highest energies:",
            "p-value  mean_radius",
            "  adds most");
    Dataset<Row> explained = scored.where("contributions is not null");
    assertThat(explained.count()).isEqualTo(flagged);
    assertThat(
            explained.where("size(contributions) = 5 and abs(unexplained) < 0.01 * energy").count())
        .isEqualTo(flagged);
    assertThat(said).containsPattern("  [a-z_]+ = [0-9.E-]+ \\(\\+[0-9.e+]+\\), [a-z_]+ = ");
    double highest = scored.selectExpr("max(energy)").head().getDouble(0);
    assertThat(said).contains(String.format(java.util.Locale.ROOT, "%.5g", highest));
  }

  @Test
  void failedScoringLeavesTheLastOutputAlone() throws IOException {
    assertThat(score("kept")).isZero();
    assertThat(
            score(
                "kept",
                "--set=output.overwrite=true",
                "--set=missing=error",
                "--set=source.options={nullValue: \"17.99\"}"))
        .isEqualTo(3);
    assertThat(spark.read().parquet(folder.resolve("kept").toString()).count()).isEqualTo(569);
    assertThat(score("kept", "--set=output.overwrite=true")).isZero();
    assertThat(folder.resolve("kept.incomplete")).doesNotExist();
  }

  /** Parquet's own failure names the file, and not that it was the source's. */
  @Test
  void aFileThatCannotBeReadIsTheSourcesFault() throws IOException {
    Path table = folder.resolve("unreadable");
    spark
        .read()
        .option("header", true)
        .option("inferSchema", true)
        .csv(DATA)
        .write()
        .parquet(table.toString());
    Files.writeString(table.resolve("part-torn.parquet"), "PAR1 and no more");
    int code =
        Main.run(
            "score",
            "--set=model=" + folder.resolve("model"),
            "--set=source.path=" + table,
            "--set=output.path=" + folder.resolve("of-unreadable"));
    assertThat(code).isEqualTo(3);
    assertThat(record("of-unreadable.score").reason())
        .startsWith("parquet " + table + " cannot be read through")
        .contains("part-torn.parquet");
    assertThat(
            score(
                "of-bad-condition", "--set=source.where=cast(concat('a', mean_radius) AS int) > 1"))
        .isEqualTo(3);
    assertThat(record("of-bad-condition.score").reason()).contains("cannot be read through");
  }

  private static int night(String where, String... more) {
    return Main.run(
        Stream.concat(
                Stream.of(
                    "retrain",
                    "--set=name=nights",
                    "--set=registry=" + folder.resolve("registry"),
                    "--set=data.source.path=" + folder.resolve("nights"),
                    "--set=data.source.where=" + where,
                    "--set=data.exclude=id",
                    "--set=energy={kind: mlp, hidden: [4]}",
                    "--set=training={objective: {kind: denoising-score-matching}, steps: 4}",
                    "--set=evaluation.parts=objective"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static RegisteredModel nights() {
    return Registry.of(Optional.of(folder.resolve("registry").toString()), new Configuration())
        .model("nights");
  }

  @Test
  @Tag("long")
  void whatAGateRefusedIsPromotedByForce() throws IOException {
    spark
        .sql("SELECT id, sin(id) AS x, if(id < 306, 'a', 'b') AS channel FROM range(600)")
        .write()
        .parquet(folder.resolve("nights").toString());
    assertThat(night("id >= 0")).isZero();
    // No candidate is the champion over again.
    String strict = "--set=gates.rankCorrelation.limit=1";
    assertThat(night("id >= 5", strict)).isEqualTo(6);
    int told = nights().history().size();
    assertThat(night("id >= 5", strict)).as("a scheduler tries again").isEqualTo(6);
    assertThat(nights().history()).hasSize(told);
    assertThat(nights().aliases().champion()).contains(1L);
    assertThat(night("id >= 5", strict, "--force", "--reason=seen")).isZero();
    assertThat(nights().aliases().champion()).contains(2L);
    assertThat(nights().history().get(0).reason().orElseThrow())
        .startsWith("version 2 is promoted by force, seen, though energies have a rank");

    // Fewer rows of a: b is now the commoner value, and what the inputs mean is another thing.
    String fresh = "--set=warmStart.weights=fresh";
    assertThat(night("id >= 30", fresh)).isEqualTo(6);
    assertThat(nights().history().get(0).reason().orElseThrow())
        .startsWith("version 3 is refused: version 2 has other features, or has learnt other");
    assertThat(night("id >= 30", fresh, "--force", "--reason=meant")).isZero();
    assertThat(nights().aliases().champion()).contains(3L);

    // a is the commoner value again: both models can still be asked which rows are unusual. The
    // rows
    // that are stored with the champion are not asked for then.
    Files.writeString(folder.resolve("registry/nights/versions/3/held-out.safetensors"), "");
    String[] ranked = {
      fresh, "--set=evaluation.parts=ranking", "--set=gates.rankCorrelation.limit=-1"
    };
    assertThat(night("id < 560", ranked)).isZero();
    assertThat(nights().aliases().champion()).contains(4L);
    assertThat(nights().history().get(0).reason().orElseThrow())
        .startsWith("version 4 replaces version 3: it passes 4 gates");

    assertThat(night("id >= 31", "--set=checks.quarantine.path=" + folder.resolve("nights/aside")))
        .isEqualTo(2);
  }

  private static int sample(String output, String... more) {
    return Main.run(
        Stream.concat(
                Stream.of(
                    "sample",
                    "--set=model=" + folder.resolve("model"),
                    "--set=rows=700",
                    "--set=sampling.steps=20",
                    "--set=output.path=" + folder.resolve(output)),
                Stream.of(more))
            .toArray(String[]::new));
  }

  @Test
  void samplesAreRowsOfTheTableAndRepeat() {
    assertThat(sample("drawn")).isZero();
    assertThat(sample("drawn-again")).isZero();
    assertThat(sample("drawn-other", "--set=seed=1")).isZero();
    Dataset<Row> drawn = spark.read().parquet(folder + "/drawn");
    assertThat(drawn.count()).isEqualTo(700);
    assertThat(drawn.columns()).hasSize(31).contains("mean_radius", "energy");
    List<Row> rows = drawn.orderBy("mean_radius").collectAsList();
    assertThat(spark.read().parquet(folder + "/drawn-again").orderBy("mean_radius").collectAsList())
        .isEqualTo(rows);
    assertThat(spark.read().parquet(folder + "/drawn-other").orderBy("mean_radius").collectAsList())
        .isNotEqualTo(rows);
    double radius = drawn.selectExpr("avg(mean_radius)").head().getDouble(0);
    assertThat(radius).isBetween(5.0, 20.0);
  }

  @Test
  void mixingIsToldOnlyWhereItCanBe() {
    String[] drawing = {
      "sample",
      "--set=model=" + folder.resolve("model"),
      "--set=rows=9",
      "--set=output.overwrite=true",
      "--set=output.path=" + folder.resolve("few-steps"),
      "--set=sampling.steps=3"
    };
    assertThat(output(drawing)).contains("9 chains").doesNotContain("NaN", "R-hat");
    drawing[5] = "--set=sampling.steps=40";
    assertThat(output(drawing)).contains("R-hat of their second half");
  }

  @Test
  void scoredTablesAndSamplesAreScoredAgainUnderOtherNames() {
    assertThat(score("first")).isZero();
    String again = "--set=source={path: [" + folder.resolve("first") + "], format: parquet}";
    assertThat(score("second", again)).isEqualTo(3);
    assertThat(
            score(
                "second",
                again,
                "--set=energyColumn=E",
                "--set=percentileColumn=percentile",
                "--set=pValueColumn=p"))
        .isZero();
    Dataset<Row> twice = spark.read().parquet(folder.resolve("second").toString());
    assertThat(twice.where("E = energy and percentile = energy_percentile").count()).isEqualTo(569);
    assertThat(sample("drawn-to-score", "--set=energyColumn=E")).isZero();
    assertThat(
            score(
                "scored-samples",
                "--set=source={path: " + folder.resolve("drawn-to-score") + ", format: parquet}"))
        .isZero();
    Dataset<Row> drawn = spark.read().parquet(folder.resolve("scored-samples").toString());
    assertThat(drawn.where("abs(E - energy) > 1e-4 * (1 + abs(E))").count()).isZero();
  }

  @Test
  void whatIsUsedAndLeftOutIsSaidAndKeptWithTheModel() {
    Model model = new ModelFolder(folder + "/model", new Configuration()).read();
    assertThat(model.config().features().leftOut()).containsEntry("malignant", "excluded");
    assertThat(model.config().features().types()).containsEntry("mean_radius", "double");
    assertThat(output(trainArguments("told")))
        .contains("features: 30 columns, mean_radius, ", "left out: malignant (excluded)");
  }

  @Test
  void evaluationIsATableForPeopleAndARecordForMachines() {
    String[] arguments = {
      "evaluate",
      folder + "/model",
      "--set=source={path: " + DATA + ", format: csv}",
      "--set=label=malignant",
      "--set=evaluation={sampleRows: 20, chains: 10, distributions: 5}"
    };
    assertThat(output(arguments))
        .contains("held-out loss ", ", of a Gaussian ", "mean energy ", "AUROC ", "precision ")
        .containsPattern("ranked against +\\d+ labelled anomalies");
    String json =
        output(Stream.concat(Stream.of(arguments), Stream.of("--json")).toArray(String[]::new));
    RunRecord record = SettingsBinder.bind(SettingsTree.parse("run.json", json), RunRecord.class);
    Evaluation evaluation = record.candidate().orElseThrow();
    assertThat(evaluation.auroc().orElseThrow().value()).isGreaterThan(0.8);
    assertThat(evaluation.anomalies()).contains("label");
    assertThat(record.data().orElseThrow().rows()).isEqualTo(569);
    assertThat(output(arguments[0], arguments[1], "--set=evaluation.parts=objective"))
        .contains("held-out loss ");
  }

  @Test
  void aModelOnTheCommandLineIsAPathWhateverItLooksLike() throws IOException {
    assertThat(train("renamed")).isZero();
    Path odd = Files.move(folder.resolve("renamed"), folder.resolve("model #2"));
    String data = "--set=source={path: " + DATA + ", format: csv}";
    assertThat(Main.run("evaluate", odd.toString(), data, "--set=evaluation.parts=objective"))
        .isZero();
    assertThat(folder.resolve("model #2.evaluate/run.json")).exists();
  }

  private static int drift(String table, String... more) {
    return Main.run(
        Stream.concat(
                Stream.of(
                    "drift", "--set=source={path: " + folder.resolve(table) + ", format: parquet}"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  @Test
  void driftPassesTheRowsTrainedOnAndRefusesOtherUnits() throws IOException {
    Dataset<Row> rows =
        spark.read().option("header", "true").option("inferSchema", "true").csv(DATA);
    Dataset<Row> benign = rows.where("malignant = 0").drop("malignant");
    benign.write().parquet(folder.resolve("benign").toString());
    benign
        .withColumn("mean_area", functions.expr("mean_area * 1000"))
        .write()
        .parquet(folder.resolve("units").toString());
    assertThat(drift("benign", "--set=model=" + folder.resolve("model"))).isZero();
    RunRecord passed = record("model.drift");
    assertThat(passed.outcome()).isEqualTo(Outcome.DONE);
    assertThat(passed.checks()).noneMatch(check -> check.status() == Status.FAILED);
    assertThat(passed.data().orElseThrow().columns()).hasSize(30);
    assertThat(drift("units", folder.resolve("model").toString())).as("a model alone").isEqualTo(7);

    Path job = folder.resolve("drift.yaml");
    Files.writeString(job, "model: models/other\nsource: {path: other}\n");
    assertThat(
            drift(
                "units",
                job.toString(),
                folder.resolve("model").toString(),
                "--record=" + folder.resolve("refused")))
        .isEqualTo(7);
    RunRecord refused = record("refused");
    assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED_BY_CHECK);
    assertThat(refused.exitCode()).isEqualTo(7);
    assertThat(refused.reason()).contains("mean_area");
    assertThat(refused.data().orElseThrow().columns().get(0).name()).isEqualTo("mean_area");
  }

  @Test
  void dryRunWritesNothing() {
    assertThat(train("dry", "--dry-run")).isZero();
    assertThat(folder.resolve("dry")).doesNotExist();
    assertThat(folder.resolve("dry.incomplete")).doesNotExist();
  }

  @Test
  void commandsFollowOneAnother() {
    String[] train = trainArguments("chained");
    String[] score = {
      "score",
      "--set=model=" + folder.resolve("chained"),
      "--set=output.path=" + folder + "/chained-scored"
    };
    String source = "--set=source={path: " + DATA + ", format: csv}";

    // What is wrong with the second is told before the first is begun.
    assertThat(Main.run(chain(train, score))).isEqualTo(2);
    assertThat(folder.resolve("chained")).doesNotExist();

    String[] refused = trainArguments("chained", "--set=data.source.path=" + folder + "/none.csv");
    assertThat(Main.run(chain(refused, score, source))).isEqualTo(3);
    assertThat(folder.resolve("chained-scored")).doesNotExist();

    assertThat(Main.run(chain(train, score, source))).isZero();
    assertThat(score("separately")).isZero();
    assertThat(spark.read().parquet(folder.resolve("chained-scored").toString()).collectAsList())
        .containsExactlyInAnyOrderElementsOf(
            spark.read().parquet(folder.resolve("separately").toString()).collectAsList());
  }

  private static String[] chain(String[] first, String[] second, String... more) {
    return Stream.of(Stream.of(first), Stream.of("then"), Stream.of(second), Stream.of(more))
        .flatMap(part -> part)
        .toArray(String[]::new);
  }

  @Test
  void modelIsReplacedOnlyIfAsked() {
    assertThat(train("replaced")).isZero();
    assertThat(train("replaced")).isEqualTo(2);
    assertThat(train("replaced", "--set=output.overwrite=true", "--set=training.seed=3")).isZero();
    assertThat(folder.resolve("replaced.previous")).doesNotExist();
  }

  @Test
  void helpShowsExamplesAndDescribeTheModel() {
    assertThat(output("train", "--help")).contains("--dry-run", "ebm train job.yaml");
    // Of each command the list has a whole sentence.
    String commands = output("--help").split("Commands:", -1)[1].split("Exit codes:", -1)[0];
    assertThat(commands.strip().split("(?m)\\R(?=  \\w)"))
        .hasSize(14)
        .allMatch(line -> line.strip().endsWith("."));
    assertThat(output("--version")).contains("ebm-on-spark");
    assertThat(output("describe", folder + "/model"))
        .contains("rows held out", "30 columns", "temperature", "denoising-score-matching");
  }

  private static String output(String... arguments) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      assertThat(Main.run(arguments)).isZero();
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
