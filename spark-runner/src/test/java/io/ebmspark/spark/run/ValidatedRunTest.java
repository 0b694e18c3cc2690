package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.BestStep;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.StoppedException;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.Validation;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardRule;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.StartSettings.Memory;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.TrainingRecord;
import io.ebmspark.spark.record.ValidationPoint;
import io.ebmspark.spark.store.ObjectStoreFileSystem;
import io.ebmspark.spark.train.EveryNth;
import io.ebmspark.spark.train.SparkTrainer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that keep the weights that are best on rows set aside. */
class ValidatedRunTest {
  private static final StructType COLUMNS =
      new StructType().add("a", DataTypes.DoubleType).add("b", DataTypes.DoubleType);

  private final SparkSession spark = Sessions.shared();
  @TempDir static Path folder;

  private Dataset<Row> rows(int count) {
    Random random = new Random(8);
    List<Row> rows =
        IntStream.range(0, count)
            .mapToObj(i -> RowFactory.create(random.nextGaussian(), 5 + random.nextGaussian()))
            .toList();
    return spark.createDataFrame(rows, COLUMNS);
  }

  private static TrainJob job(String model, String... changes) {
    SettingsTree tree =
        SettingsTree.parse(
            "job",
            """
            data: {source: {table: t}, holdOut: {fraction: 0.25}}
            energy: {kind: mlp, hidden: [48, 48]}
            training:
              objective: {kind: denoising-score-matching, noise: 0.1}
              steps: 600
              batchSize: 64
              learningRate: 0.02
              averageDecay: 0.9
              checkpointEvery: 20
              validation: {fraction: 0.25, every: 20, patience: 4}
            output: {model: %s}
            """
                .formatted(folder.resolve(model)));
    for (String change : changes) {
      tree = tree.with(change);
    }
    return SettingsBinder.bind(tree, TrainJob.class);
  }

  private static ShardedTable table(Dataset<Row> rows, TrainJob job) {
    return ShardedTable.of(
        rows,
        job.data(),
        ShardRule.of(job.training().provisional().shards()),
        job.training().provisional().validation(),
        Optional.empty(),
        Phases.silent());
  }

  private static List<List<Float>> set(float[] packed) {
    List<List<Float>> rows = new ArrayList<>();
    for (int at = 0; at < packed.length; at += 2) {
      rows.add(List.of(packed[at], packed[at + 1]));
    }
    return rows;
  }

  private static float[] all(org.apache.spark.api.java.JavaRDD<RowBlock> blocks) {
    return new EveryNth(1).in(blocks);
  }

  /** What thresholds are made from is as if there were no validation rows, and so are the units. */
  @Test
  void rowsForValidationAreTakenFromThoseTrainedOn() {
    Dataset<Row> rows = rows(900);
    TrainJob job = job("parts");
    TrainJob plain = job("parts", "training.validation={fraction: 0.05, most: 12}");
    try (ShardedTable with = table(rows, job);
        ShardedTable few = table(rows.repartition(3), plain);
        ShardedTable without = ShardedTable.of(rows, job.data(), 2)) {
      assertThat(with.validationRows()).isBetween(180L, 270L);
      assertThat(with.rows() + with.validationRows()).isEqualTo(without.rows());
      assertThat(with.fingerprint()).isEqualTo(without.fingerprint());
      assertThat(with.scaling().offset()).isEqualTo(without.scaling().offset());
      assertThat(all(with.heldOut())).isEqualTo(all(without.heldOut()));
      List<List<Float>> together = set(all(with.shards()));
      together.addAll(set(all(with.validation())));
      assertThat(together).containsExactlyInAnyOrderElementsOf(set(all(without.shards())));
      assertThat(few.validationRows()).isBetween(1L, 12L);
      assertThat(set(all(with.validation()))).containsAll(set(all(few.validation())));
      assertThat(with.notices()).anyMatch(notice -> notice.contains("set aside for validation"));
    }
    try (ShardedTable tooFew = table(rows(50), plain)) {
      assertThat(tooFew.validationRows()).isZero();
      assertThat(tooFew.notices())
          .anyMatch(n -> n.startsWith("none of 50 rows is set aside for val"));
    }
  }

  @Tag("long")
  @Test
  void aRunSaysWhatItKeptAndAResumedOneKeepsTheSame() throws IOException {
    Dataset<Row> rows = rows(80);
    TrainJob job = job("whole");
    RunRecorder recorder = new RunRecorder("train", RunListener.SILENT);
    Model whole = TrainingRun.on(rows, job, recorder).train(() -> false);

    BestStep best = whole.config().provenance().best().orElseThrow();
    assertThat(best.early()).isTrue();
    assertThat(best.step()).isPositive().isLessThan(best.ended());
    assertThat(whole.config().provenance().steps()).isEqualTo(best.step());
    RunRecord record = recorder.toRecord(Outcome.DONE, 0, "");
    TrainingRecord training = record.training().orElseThrow();
    assertThat(training.best()).contains(best);
    assertThat(training.validation()).hasSize((int) best.ended() / 20 + 1);
    assertThat(training.validation()).contains(new ValidationPoint(best.step(), best.loss()));
    assertThat(record.notices()).contains(best.describe());
    List<String> metrics = Files.readAllLines(folder.resolve("whole/metrics.jsonl"));
    assertThat(metrics).anyMatch(line -> line.contains("\"event\":\"kept\""));
    assertThat(metrics.stream().filter(line -> line.contains("validation_loss")))
        .hasSize(training.validation().size());

    try (ShardedTable table = table(rows, job)) {
      TrainingState local =
          LocalTrainer.train(
              job.energy().orElseThrow(),
              table.shape(),
              job.training().provisional(),
              table.shards().collect(),
              m -> {},
              Optional.empty(),
              Optional.of(new Validation(all(table.validation()), 1)));
      assertThat(whole.parameters()).isEqualTo(local.average());
      // As if the run had been told to end there, which is where a next one would go on.
      TrainingState told =
          SparkTrainer.train(
              table,
              job.energy().orElseThrow(),
              job.training().provisional().withoutValidation().withSteps(best.step()),
              m -> {});
      assertThat(local.digest()).isEqualTo(told.digest());
      TrainingState end =
          new ModelFolder(folder.resolve("whole").toString(), new Configuration())
              .readStart(Memory.KEEP)
              .end()
              .orElseThrow();
      assertThat(end.goingOn().digest()).isEqualTo(told.goingOn().digest());
    }

    Random random = new Random(5);
    Model resumed = null;
    RunRecorder last = recorder;
    int stops = 0;
    while (resumed == null) {
      int[] left = {15 + random.nextInt(20)};
      last = new RunRecorder("train", RunListener.SILENT);
      try {
        resumed =
            TrainingRun.on(rows.repartition(4), job("resumed"), last).train(() -> left[0]-- == 0);
      } catch (StoppedException e) {
        stops++;
      }
    }
    assertThat(stops).isPositive();
    assertThat(resumed.parameters()).isEqualTo(whole.parameters());
    assertThat(resumed.calibration().orElseThrow().energies())
        .isEqualTo(whole.calibration().orElseThrow().energies());
    assertThat(last.toRecord(Outcome.DONE, 0, "").training().orElseThrow().best()).contains(best);
  }

  /** A file is not there until it is closed; a run that is stopped and goes on has every step. */
  @Test
  void theMetricsOfARunOnAnObjectStoreAreRead() throws IOException {
    Configuration objects = ObjectStoreFileSystem.configuration();
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    hadoop.set("fs.objects.impl", objects.get("fs.objects.impl"));
    org.apache.hadoop.fs.Path target =
        new org.apache.hadoop.fs.Path("objects:///" + folder.getFileName() + "/model");
    TrainJob job = job("-", "output.model=" + target, "training.steps=50", "training.validation=");
    try {
      int[] left = {30};
      assertThatThrownBy(
              () -> TrainingRun.on(rows(80), job, RunListener.SILENT).train(() -> left[0]-- == 0))
          .isInstanceOf(StoppedException.class);
      TrainingRun.on(rows(80), job, RunListener.SILENT).train(() -> false);
    } finally {
      hadoop.unset("fs.objects.impl");
    }
    List<Double> losses;
    try (InputStream in =
        target
            .getFileSystem(objects)
            .open(new org.apache.hadoop.fs.Path(target, "metrics.jsonl"))) {
      List<Map.Entry<Long, Double>> steps =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .flatMap(line -> MetricsLine.stepAndLoss(line).stream())
              .toList();
      assertThat(steps.stream().map(Map.Entry::getKey))
          .containsExactlyElementsOf(LongStream.range(0, 50).boxed().toList());
      losses = steps.subList(45, 50).stream().map(Map.Entry::getValue).toList();
    }
    assertThat(new ModelFolder(target.toString(), objects).read().config().provenance().finalLoss())
        .contains(losses.stream().mapToDouble(loss -> loss).average().orElseThrow());
    assertThat(RunLog.lateLoss(List.of(), 50)).isEmpty();
  }

  /** Measured at parts of the whole, by the noise of its end: another number is another run. */
  @Test
  void aRunDoesNotGoOnWithAnotherNumberOfSteps() {
    Dataset<Row> rows = rows(80);
    int[] left = {25};
    assertThatThrownBy(
            () ->
                TrainingRun.on(rows, job("longer"), RunListener.SILENT).train(() -> left[0]-- == 0))
        .isInstanceOf(StoppedException.class);
    assertThatThrownBy(
            () ->
                TrainingRun.on(rows, job("longer", "training.steps=700"), RunListener.SILENT)
                    .train(() -> false))
        .hasMessageContaining("the training settings differ");
    assertThat(Arrays.asList(folder.toFile().list())).doesNotContain("longer");
  }

  @Test
  void rowsThatAreLoadedForNothingAreGivenBack() {
    RunListener failing =
        new RunListener() {
          @Override
          public void onTable(ShardedTable table) {
            throw new IllegalStateException("this listener fails");
          }
        };
    int before = spark.sparkContext().getPersistentRDDs().size();
    assertThatThrownBy(() -> TrainingRun.on(rows(300), job("failing"), failing).train(() -> false))
        .hasMessage("this listener fails");
    assertThat(spark.sparkContext().getPersistentRDDs().size()).isEqualTo(before);
  }
}
