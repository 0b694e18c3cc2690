package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.Checkpoints;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.StoppedException;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelException;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.Start;
import io.ebmspark.spark.model.StartSettings.Memory;
import io.ebmspark.spark.train.SparkTrainer;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Nights that start from the weights of the night before. */
@Tag("long")
class WarmTrainingRunTest {
  private static final String PCD =
      "{kind: persistent-contrastive-divergence, steps: 2, buffer: {size: 40}}";
  private static final StructType COLUMNS =
      new StructType().add("a", DataTypes.DoubleType).add("b", DataTypes.DoubleType);

  private final SparkSession spark = Sessions.shared();
  @TempDir static Path folder;

  private Dataset<Row> rows(int seed, double shift, double width) {
    Random random = new Random(seed);
    List<Row> rows =
        IntStream.range(0, 80)
            .mapToObj(
                i ->
                    RowFactory.create(
                        shift + width * random.nextGaussian(), 5 + random.nextGaussian()))
            .toList();
    return spark.createDataFrame(rows, COLUMNS);
  }

  private TrainJob job(String model, String... changes) {
    SettingsTree tree =
        SettingsTree.parse(
            "job",
            """
            data: {source: {table: tonight}}
            energy: {kind: mlp, hidden: [6]}
            training: {objective: %s, steps: 12, batchSize: 20, checkpointEvery: 4}
            output: {model: %s}
            """
                .formatted(PCD, folder.resolve(model)));
    for (String change : changes) {
      tree = tree.with(change);
    }
    return SettingsBinder.bind(tree, TrainJob.class);
  }

  private Start start(String model, Memory memory) {
    return new ModelFolder(folder.resolve(model).toString(), new Configuration()).readStart(memory);
  }

  private Start champion(Memory memory) {
    if (!folder.resolve("champion").toFile().exists()) {
      TrainingRun.on(rows(1, 0, 1), job("champion"), RunListener.SILENT).train(() -> false);
    }
    return start("champion", memory);
  }

  private TrainingState end(String model) {
    return start(model, Memory.KEEP).end().orElseThrow();
  }

  /** Tonight's rows lie elsewhere, and would have a different mean and deviation. */
  @Test
  void aCandidateKeepsTheChampionsUnits() {
    Start champion = champion(Memory.RESET);
    Model candidate =
        TrainingRun.on(rows(2, 3, 4), job("units"), RunListener.SILENT)
            .startingFrom(champion)
            .train(() -> false);
    assertThat(candidate.config().features().scale())
        .isEqualTo(champion.model().config().features().scale());
    assertThat(candidate.config().features().offset())
        .isEqualTo(champion.model().config().features().offset());
    Model fresh =
        TrainingRun.on(rows(2, 3, 4), job("fresh"), RunListener.SILENT).train(() -> false);
    assertThat(fresh.config().features().scale())
        .isNotEqualTo(champion.model().config().features().scale());
    assertThat(candidate.parameters()).isNotEqualTo(champion.model().parameters());
  }

  /** By hand: the same rows in the champion's units, from the state that was stored. */
  @ParameterizedTest
  @EnumSource
  void theRunIsTheTrainersFromTheStoredState(Memory memory) {
    Start champion = champion(memory);
    String name = "byhand-" + memory;
    TrainJob job = job(name);
    Dataset<Row> tonight = rows(2, .5, 1);
    Model candidate =
        TrainingRun.on(tonight, job, RunListener.SILENT).startingFrom(champion).train(() -> false);
    TrainingState ended = end("champion");
    TrainingState begin =
        memory == Memory.KEEP
            ? ended.goingOn()
            : TrainingState.initial(
                    champion.model().parameters().clone(), job.training().provisional().optimizer())
                .withReplay(ended.replay());
    try (ShardedTable table =
        ShardedTable.of(tonight, job.data(), 2, Optional.of(champion.units()), Phases.silent())) {
      TrainingState expected =
          SparkTrainer.train(
              table,
              job.energy().orElseThrow(),
              job.training().provisional(),
              Optional.of(begin),
              m -> {},
              Checkpoints.NONE,
              () -> false);
      assertThat(candidate.parameters()).isEqualTo(expected.average());
      // Stored as it ended, except that steps count from the optimiser's first.
      assertThat(end(name).goingOn().digest()).isEqualTo(expected.goingOn().digest());
      assertThat(end(name).step()).isEqualTo(memory == Memory.KEEP ? 24 : 12);
    }
  }

  @Test
  void aNightThatWasKilledGoesOnFromItsOwnCheckpointsOnly() {
    Dataset<Row> tonight = rows(2, .5, 1);
    Start reset = champion(Memory.RESET);
    float[] undisturbed =
        TrainingRun.on(tonight, job("whole"), RunListener.SILENT)
            .startingFrom(reset)
            .train(() -> false)
            .parameters();
    int[] asked = {0};
    TrainingRun killed =
        TrainingRun.on(tonight, job("killed"), RunListener.SILENT).startingFrom(reset);
    assertThatThrownBy(() -> killed.train(() -> asked[0]++ == 6))
        .isInstanceOf(StoppedException.class);
    for (Optional<Start> other :
        List.of(Optional.<Start>empty(), Optional.of(champion(Memory.KEEP)))) {
      TrainingRun run = TrainingRun.on(tonight, job("killed"), RunListener.SILENT);
      TrainingRun another = other.map(run::startingFrom).orElse(run);
      assertThatThrownBy(() -> another.train(() -> false))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("the weights it starts with");
    }
    List<Long> steps = new ArrayList<>();
    RunListener counting =
        new RunListener() {
          @Override
          public void onStep(StepMetrics metrics) {
            steps.add(metrics.step());
          }
        };
    float[] resumed =
        TrainingRun.on(tonight, job("killed"), counting)
            .startingFrom(reset)
            .train(() -> false)
            .parameters();
    assertThat(steps).hasSize(6).startsWith(6L);
    assertThat(resumed).isEqualTo(undisturbed);
  }

  /** What cannot be continued is reported in one sentence, before a row is read. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "energy.hidden=[7]|KEEP|energy.hidden is [7], but was [6] for the champion",
        "energy.activation=tanh|RESET|energy.activation is tanh, but was silu for the champion",
        "energy={kind: conv}|RESET|, but was {kind:mlp,",
        "data.features=[a, b, noise]|RESET|data.features names noise, which the champion was trained",
        "data.features=[a + 1 AS a, b]|RESET|data.features names a + 1 AS a, which the champion",
        "data.scaling=none|RESET|data.scaling is none, but was standard for the champion",
        "training.optimizer.kind=sgd|KEEP|optimiser was Adam, but training.optimizer is Sgd",
      })
  void whatDoesNotFitTheChampionIsNamed(String change, Memory memory, String message) {
    TrainingRun run =
        TrainingRun.on(rows(2, 0, 1), job("refused", change), RunListener.SILENT)
            .startingFrom(champion(memory));
    assertThatThrownBy(() -> run.train(() -> false))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("set ");
  }

  @Test
  void anotherOptimiserMayTakeOverWithoutMemory() {
    Start reset = champion(Memory.RESET);
    TrainJob job = job("sgd", "training.optimizer.kind=sgd", "training.learningRate=1e-4");
    TrainingRun.on(rows(2, 0, 1), job, RunListener.SILENT).startingFrom(reset).train(() -> false);
    assertThat(end("sgd").moments()).hasNumberOfRows(1);
  }

  @Test
  void aModelOfTheFirstReleaseCanBeStartedFromAndItsOptimiserNotKept() throws URISyntaxException {
    Path old = Path.of(getClass().getResource("/io/ebmspark/release-0.1/models/mlp").toURI());
    ModelFolder model = new ModelFolder(old.toString(), new Configuration());
    Start reset = model.readStart(Memory.RESET);
    TrainJob was = job("old");
    TrainJob job =
        new TrainJob(
            reset.model().config().data(),
            Optional.of(reset.model().config().energy()),
            was.training(),
            was.sampling(),
            was.output());
    TrainingState begin =
        reset.state(job.data(), job.energy().orElseThrow(), job.training().provisional());
    assertThat(begin.parameters()).isEqualTo(model.read().parameters());
    Start kept = model.readStart(Memory.KEEP);
    assertThatThrownBy(
            () -> kept.state(job.data(), job.energy().orElseThrow(), job.training().provisional()))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("without the final state of its training")
        .hasMessageContaining("set warmStart.optimizer to reset");
  }

  @Test
  void theChampionsColumnsAreFoundAmongOthers() {
    Start champion = champion(Memory.RESET);
    Dataset<Row> tonight =
        rows(2, 0, 1)
            .selectExpr("b", "7.0 AS a", "rand(1) AS noise"); // other order, a constant, a new one
    List<String> notices = new ArrayList<>();
    RunListener listener =
        new RunListener() {
          @Override
          public void onNotice(String text) {
            notices.add(text);
          }
        };
    Model candidate =
        TrainingRun.on(tonight, job("columns"), listener).startingFrom(champion).train(() -> false);
    assertThat(candidate.config().features().columns()).containsExactly("a", "b");
    assertThat(candidate.config().features().scale())
        .isEqualTo(champion.model().config().features().scale());
    assertThat(notices).anyMatch(text -> text.contains("noise (not in the units given)"));
    TrainingRun lacking =
        TrainingRun.on(tonight.drop("a"), job("lacking"), RunListener.SILENT)
            .startingFrom(champion);
    assertThatThrownBy(() -> lacking.train(() -> false))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the table lacks a, which the model that training starts from has");
    TrainingRun excluding =
        TrainingRun.on(tonight, job("excluding", "data.exclude=[a]"), RunListener.SILENT)
            .startingFrom(champion);
    assertThatThrownBy(() -> excluding.train(() -> false))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data.features and data.exclude leave out a, which the model");
  }

  /** Inputs are the champion's: what a job makes of columns otherwise would go unheard. */
  @Test
  void whatIsMadeOfColumnsMustBeWhatTheChampionMadeOfThem() {
    Start champion = champion(Memory.RESET);
    for (String changed : List.of("data.transform=log", "data.columns.b.as=category")) {
      TrainingRun other =
          TrainingRun.on(rows(2, 0, 1), job("other", changed), RunListener.SILENT)
              .startingFrom(champion);
      assertThatThrownBy(() -> other.train(() -> false))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining(changed.substring(0, changed.indexOf('=')).replace(".as", ""))
          .hasMessageContaining("set it back, or warmStart.weights to fresh");
    }
  }

  /** Missing values are imputed by the champion's means, as scaling is by the champion's. */
  @Test
  void missingValuesBecomeTheChampionsMeans() {
    Start champion = champion(Memory.RESET);
    Dataset<Row> tonight =
        rows(2, 30, 1).selectExpr("IF(b > 5, NULL, a) AS a", "b"); // about half are missing
    TrainJob job = job("imputed", "data.missing=mean");
    double[] means = champion.units().means();
    try (ShardedTable table =
        ShardedTable.of(tonight, job.data(), 1, Optional.of(champion.units()), Phases.silent())) {
      assertThat(table.means()).isEqualTo(means);
      float filled = table.scaling().toModel(0, means[0]);
      float[] values = table.shards().collect().get(0).values();
      long count =
          IntStream.range(0, values.length / 2).filter(i -> values[2 * i] == filled).count();
      assertThat(count).isEqualTo(table.valuesImputed()).isGreaterThan(20);
      assertThat(Arrays.copyOf(values, 2)).doesNotContain(Float.NaN);
    }
  }
}
