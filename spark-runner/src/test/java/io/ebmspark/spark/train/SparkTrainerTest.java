package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.Checkpoints;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.LossComparison;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import io.ebmspark.core.training.StoppedException;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingListener;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.TaskDevice;
import io.ebmspark.spark.checkpoint.CheckpointFolder;
import io.ebmspark.spark.checkpoint.RunIdentity;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.BlockManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bits from one thread, many threads, and processes of their own. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SparkTrainerTest {
  private static final Energy ENERGY = new Mlp(List.of(16, 16), Activation.SILU);
  private static final String DSM = "{kind: denoising-score-matching, noise: 0.3}";
  private static final String CD = "{kind: contrastive-divergence}";
  private static final String PCD =
      "{kind: persistent-contrastive-divergence, steps: 5, buffer: {size: 64}}";
  @TempDir Path folder;

  @RegisterExtension
  final AfterTestExecutionCallback logs = StandaloneCluster.logsOfFailures(() -> folder);

  @AfterEach
  void stop() {
    ClusterSession.stop();
  }

  private static SparkSession session(String master, Map<String, String> more) {
    Map<String, String> all = new HashMap<>(Map.of("spark.executor.memory", "600m"));
    all.putAll(more);
    return ClusterSession.start(master, all);
  }

  private static TrainingSettings settings(String objective, int shards, int batchSize) {
    String yaml =
        "{objective: %s, steps: 12, batchSize: %d, shards: %d, blockRows: 32, gradientClip: 5}"
            .formatted(objective, batchSize, shards);
    return SettingsBinder.bind(SettingsTree.parse("training", yaml), TrainingSettings.class);
  }

  private ShardedTable table(SparkSession spark, int shards) throws IOException {
    return table(spark, shards, "{}");
  }

  private ShardedTable table(SparkSession spark, int shards, String holdOut) throws IOException {
    Path file = ClusterSession.rows(folder);
    String yaml = "{source: {path: '" + file + "', format: csv}, holdOut: " + holdOut + "}";
    return ShardedTable.load(
        spark, SettingsBinder.bind(SettingsTree.parse("data", yaml), DataSettings.class), shards);
  }

  private float[] train(SparkSession spark, String objective) throws IOException {
    TrainingSettings settings = settings(objective, 5, 64);
    try (ShardedTable table = table(spark, 5)) {
      return SparkTrainer.train(table, ENERGY, settings, metrics -> {}).parameters();
    }
  }

  /** By tasks that stay, as many as are asked for, wherever the driver is. */
  private static float[] train(
      ShardedTable table,
      TrainingSettings settings,
      int tasks,
      Slicing slicing,
      TrainingListener listener) {
    WorkerSettings worker = new WorkerSettings(ENERGY, List.of(2L), settings, table.rows());
    try (SparkGradients gradients =
        new SparkGradients(table.shards(), worker, settings.steps(), context -> tasks, slicing)) {
      return new Trainer(ENERGY, table.shape(), settings)
          .train(gradients, worker.worker().plan(), listener)
          .parameters();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {DSM, CD, PCD})
  void threadsJobsAndTheLocalTrainerAgreeToTheBit(String objective) throws IOException {
    SparkSession spark = session("local[4]", Map.of());
    float[] four = train(spark, objective);
    TrainingSettings settings = settings(objective, 5, 64);
    try (ShardedTable table = table(spark, 5)) {
      List<RowBlock> blocks = table.shards().collect();
      assertThat(LocalTrainer.train(ENERGY, table.shape(), settings, blocks, m -> {}).parameters())
          .containsExactly(four);
      for (int tasks : new int[] {1, 2, 3, 5}) {
        assertThat(train(table, settings, tasks, Slicing.DEFAULT, metrics -> {}))
            .as("%d tasks a step", tasks)
            .containsExactly(four);
        assertThat(train(table, settings, tasks, (executors, parameters) -> 3, metrics -> {}))
            .as("%d tasks a step, in slices", tasks)
            .containsExactly(four);
      }
    }
    spark.stop();
    assertThat(train(session("local[1]", Map.of()), objective)).containsExactly(four);
  }

  /** A second run, from where the first one ended. */
  @Test
  @Tag("long")
  void aWarmStartGivesTheSameBitsToo() throws IOException {
    TrainingSettings settings = settings(PCD, 5, 64);
    SparkSession spark = session("local[4]", Map.of());
    String four = trainTwice(spark, settings).digest();
    try (ShardedTable table = table(spark, 5)) {
      List<RowBlock> blocks = table.shards().collect();
      long[] shape = table.shape();
      TrainingState first = LocalTrainer.train(ENERGY, shape, settings, blocks, m -> {});
      Optional<TrainingState> start = Optional.of(first.goingOn());
      assertThat(LocalTrainer.train(ENERGY, shape, settings, blocks, m -> {}, start).digest())
          .isEqualTo(four);
      WorkerSettings worker = new WorkerSettings(ENERGY, List.of(2L), settings, table.rows());
      try (SparkGradients jobs =
          new SparkGradients(
              table.shards(), worker, settings.steps(), context -> 3, Slicing.DEFAULT)) {
        assertThat(
                new Trainer(ENERGY, shape, settings, start)
                    .train(jobs, worker.worker().plan(), m -> {})
                    .digest())
            .isEqualTo(four);
      }
    }
    TrainingState resharded = trainTwice(spark, settings(PCD, 2, 64));
    spark.stop();
    SparkSession one = session("local[1]", Map.of());
    assertThat(trainTwice(one, settings).digest()).isEqualTo(four);
    float[] parameters = trainTwice(one, settings).parameters();
    for (int i = 0; i < parameters.length; i++) {
      assertThat(resharded.parameters()[i]).isCloseTo(parameters[i], within(1e-4f));
    }
  }

  private TrainingState trainTwice(SparkSession spark, TrainingSettings settings)
      throws IOException {
    try (ShardedTable table = table(spark, settings.shards())) {
      TrainingState first = SparkTrainer.train(table, ENERGY, settings, metrics -> {});
      return SparkTrainer.train(
          table,
          ENERGY,
          settings,
          Optional.of(first.goingOn()),
          metrics -> {},
          Checkpoints.NONE,
          () -> false);
    }
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {DSM, CD, PCD})
  void fullBatchGradientIsIndependentOfTheNumberOfShards(String objective) throws IOException {
    SparkSession spark = session("local[2]", Map.of());
    TrainingSettings settings = settings(objective.replace("size: 64", "size: 203"), 1, 203);
    float[] whole = gradient(spark, settings, 1);
    for (int shards : new int[] {2, 3, 7, 400}) {
      float[] sum = gradient(spark, settings, shards);
      double apart = 0;
      double norm = 0;
      for (int i = 0; i < sum.length; i++) {
        apart += Math.pow(sum[i] - whole[i], 2);
        norm += Math.pow(whole[i], 2);
      }
      // Rounding, which processors differ in; a row left out would make 5e-3.
      assertThat(Math.sqrt(apart / norm)).as("%d shards", shards).isLessThan(1e-5);
    }
  }

  private float[] gradient(SparkSession spark, TrainingSettings settings, int shards)
      throws IOException {
    try (ShardedTable table = table(spark, shards, "{fraction: 0}")) {
      GradientWorker worker = new GradientWorker(ENERGY, table.shape(), settings, table.rows());
      float[] parameters = ENERGY.parameters(2).initialise(0);
      float[] starts = settings.objective().replay().isPresent() ? new float[2 * 203] : null;
      StepRequest request = new StepRequest(0, settings.seed(), parameters, starts);
      List<RowBlock> blocks = table.shards().collect();
      StepTotal total = worker.total(request, 0, blocks.iterator(), Device.cpu());
      assertThat(total.rows()).isEqualTo(203);
      return total.gradient();
    }
  }

  @Test
  void whatIsSaidOfAModelDoesNotDependOnTheShards() throws IOException {
    SparkSession spark = session("local[2]", Map.of());
    TrainingSettings settings = settings(DSM, 1, 64);
    float[] parameters = ENERGY.parameters(2).initialise(3);
    TrainingState state =
        new TrainingState(parameters, parameters, new float[0][], null, settings.steps(), 0);
    List<LossComparison> comparisons = new ArrayList<>();
    long compared = 0;
    for (int shards : new int[] {1, 7}) {
      try (ShardedTable table = table(spark, shards)) {
        compared = table.rows();
        comparisons.add(SampledRows.of(table).compare(ENERGY, settings, state).orElseThrow());
        List<Float> energies = new ArrayList<>();
        try (RowEnergies open = new RowEnergies(ENERGY, table.shape(), parameters, Device.cpu())) {
          for (RowBlock block : table.heldOut().collect()) {
            for (float energy : open.energies(block.values())) {
              energies.add(energy);
            }
          }
        }
        List<Double> knots =
            ReferenceEnergies.of(table, ENERGY, parameters, settings.steps()).percentiles().knots();
        assertThat(knots.get(0)).isEqualTo((double) Collections.min(energies));
        assertThat(knots.get(knots.size() - 1)).isEqualTo((double) Collections.max(energies));
      }
    }
    assertThat(comparisons.get(0).rows()).isEqualTo(compared);
    assertThat(comparisons.get(1)).isEqualTo(comparisons.get(0));
  }

  @Test
  void calibrationDoesNotDependOnShardsOrThreads() throws IOException {
    float[] parameters = ENERGY.parameters(2).initialise(3);
    List<float[]> found = new ArrayList<>();
    List<float[]> rows = new ArrayList<>();
    for (String master : List.of("local[1]", "local[4]")) {
      SparkSession spark = session(master, Map.of());
      for (int shards : new int[] {1, 3, 7}) {
        // Scaled by a range, since means are added in the order of shards.
        try (ShardedTable table = table(spark, shards, "{}, scaling: range, range: [-9, 9]")) {
          assertThat(table.rows() + table.heldOutRows()).isEqualTo(203);
          rows.add(Vectors.joined(table.heldOut().map(RowBlock::values).collect()));
          ReferenceEnergies energies = ReferenceEnergies.of(table, ENERGY, parameters, 0);
          found.add(energies.calibration().orElseThrow().energies());
          assertThat(energies.percentiles().toArray()).hasSize((int) table.heldOutRows());
        }
      }
      spark.stop();
    }
    assertThat(found.get(0)).hasSizeBetween(10, 40);
    for (int i = 0; i < found.size(); i++) {
      assertThat(rows.get(i)).containsExactly(rows.get(0));
      assertThat(found.get(i)).containsExactly(found.get(0), within(1e-6f));
    }
    for (int i = 0; i < 3; i++) {
      assertThat(found.get(3 + i)).containsExactly(found.get(i));
    }
  }

  @Test
  void executorsInProcessesOfTheirOwnGiveTheSameBits() throws IOException {
    SparkSession here = session("local[2]", Map.of());
    float[] expected = train(here, CD);
    here.stop();
    // Of two cores each, whose totals are joined before they are sent.
    SparkSession cluster = session("local-cluster[2,2,1024]", Map.of());
    assertThat(train(cluster, CD)).containsExactly(expected);
    List<Integer> present = new ArrayList<>();
    Slicing slicing =
        (executors, parameters) -> {
          present.add(executors);
          return 2;
        };
    try (ShardedTable table = table(cluster, 5)) {
      assertThat(train(table, settings(CD, 5, 64), 4, slicing, metrics -> {}))
          .containsExactly(expected);
    }
    assertThat(present).hasSize(12).containsOnly(2);
  }

  private static final AtomicInteger READS = new AtomicInteger();

  /**
   * In the third step, and again in the fifth, the last task of a process fails when the others
   * have left their totals to it.
   */
  @Test
  void aTaskThatFailsWithTheTotalsOfOthersLeavesNoTrace() throws IOException {
    SparkSession spark = session("local[3,4]", Map.of());
    float[] expected = train(spark, CD);
    TrainingSettings settings = settings(CD, 5, 64);
    try (ShardedTable table = table(spark, 5)) {
      READS.set(0);
      long rows = table.rows();
      JavaRDD<RowBlock> failing =
          table
              .shards()
              .map(
                  shard -> {
                    boolean isLast = shard.firstRow() + shard.rows() == rows;
                    int reads = isLast ? READS.incrementAndGet() : 0;
                    if (reads == 3 || reads == 6) {
                      Thread.sleep(500);
                      throw new IllegalStateException("this read fails");
                    }
                    return shard;
                  });
      WorkerSettings worker = new WorkerSettings(ENERGY, List.of(2L), settings, table.rows());
      try (SparkGradients gradients =
          new SparkGradients(failing, worker, settings.steps(), context -> 3, Slicing.DEFAULT)) {
        assertThat(
                new Trainer(ENERGY, table.shape(), settings)
                    .train(gradients, worker.worker().plan(), m -> {})
                    .parameters())
            .containsExactly(expected);
      }
      assertThat(READS.get()).isEqualTo(settings.steps() + 2);
    }
  }

  /** In a few steps, slices are gone before all who want them have fetched them. */
  @Test
  @Tag("long")
  void slicesThatAreLostLeaveNoTrace() throws Exception {
    SparkSession spark = session("local[3]", Map.of());
    TrainingSettings settings = settings(CD, 5, 64).withSteps(300);
    AtomicInteger done = new AtomicInteger();
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger toLose = new AtomicInteger();
    Thread thief =
        new Thread(
            () -> {
              BlockManager blocks = SparkEnv.get().blockManager();
              Set<String> before = new HashSet<>();
              while (!Thread.interrupted() && asked.get() - done.get() < 4) {
                blocks
                    .getMatchingBlockIds(id -> id.name().contains("_slices"))
                    .foreach(
                        id -> {
                          if (before.add(id.name()) && toLose.getAndDecrement() > 0) {
                            blocks.removeBlock(id, false);
                          }
                          return null;
                        });
              }
            });
    thief.start();
    try (ShardedTable table = table(spark, 5)) {
      float[] expected = SparkTrainer.train(table, ENERGY, settings, metrics -> {}).parameters();
      Slicing slicing =
          (executors, parameters) -> {
            // Not the same step again, and not for ever; those that come too late do not count.
            boolean isTime = asked.get() - done.get() < 4 && asked.get() % 3 == 0;
            toLose.set(isTime ? 1 : 0);
            asked.incrementAndGet();
            return 3;
          };
      assertThat(train(table, settings, 3, slicing, metrics -> done.incrementAndGet()))
          .containsExactly(expected);
    } finally {
      thief.interrupt();
      thief.join();
    }
    assertThat(asked.get()).as("steps worked on again").isGreaterThan(300);
  }

  /** Stopped on threads of one process, resumed on executors of their own. */
  @Test
  @Tag("long")
  void aRunGoesOnOnAnotherCluster() throws IOException {
    SparkSession here = session("local[3]", Map.of());
    float[] expected = train(here, PCD);
    int[] asked = {0};
    assertThatThrownBy(() -> trainWithCheckpoints(here, () -> asked[0]++ == 5))
        .isInstanceOf(StoppedException.class);
    here.stop();
    SparkSession cluster = session("local-cluster[2,1,1024]", Map.of());
    assertThat(trainWithCheckpoints(cluster, () -> false)).containsExactly(expected);
  }

  private float[] trainWithCheckpoints(SparkSession spark, BooleanSupplier stop)
      throws IOException {
    TrainingSettings settings = settings(PCD, 5, 64);
    try (ShardedTable table = table(spark, 5)) {
      CheckpointFolder checkpoints =
          new CheckpointFolder(
              folder.resolve("run.checkpoints").toString(),
              spark.sparkContext().hadoopConfiguration(),
              RunIdentity.of(table, ENERGY, settings),
              2,
              Duration.ZERO,
              () -> {},
              text -> {});
      checkpoints.open(CheckpointFolder.Resume.STRICT);
      List<Long> steps = new ArrayList<>();
      float[] parameters =
          SparkTrainer.train(
                  table, ENERGY, settings, metrics -> steps.add(metrics.step()), checkpoints, stop)
              .parameters();
      assertThat(steps.get(0)).isEqualTo(5);
      return parameters;
    }
  }

  @Test
  @Tag("long")
  void standaloneClusterGivesTheSameBits() throws Exception {
    SparkSession here = session("local[2]", Map.of());
    float[] dsm = train(here, DSM);
    float[] pcd = train(here, PCD);
    here.stop();
    try (StandaloneCluster machines = new StandaloneCluster(folder, 2)) {
      SparkSession cluster = session(machines.url(), Map.of());
      assertThat(train(cluster, DSM)).containsExactly(dsm);
      assertThat(train(cluster, PCD)).containsExactly(pcd);
      cluster.stop();
    }
  }

  /**
   * Executors die at random instants throughout three runs, without a trace in the result: {@code
   * -Dkills} of them in each.
   */
  @Test
  @Tag("long")
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void killedExecutorsLeaveNoTrace() throws Exception {
    Map<String, String> more =
        Map.of(
            "spark.task.maxFailures", "1000",
            "spark.stage.maxConsecutiveAttempts", "1000",
            "spark.executor.memory", "500m",
            "spark.speculation", "true");
    int kills = Integer.getInteger("kills", 7);
    try (StandaloneCluster machines = new StandaloneCluster(folder, 3)) {
      for (String objective : List.of(CD, PCD, DSM)) {
        SparkSession here = session("local[2]", Map.of());
        float[] expected;
        try (ShardedTable table = table(here, 5)) {
          TrainingSettings settings = longSettings(objective);
          expected = SparkTrainer.train(table, ENERGY, settings, metrics -> {}).parameters();
        }
        here.stop();
        // Every second step in slices.
        AtomicInteger asked = new AtomicInteger();
        Slicing slicing = (executors, parameters) -> 1 + 2 * (asked.getAndIncrement() % 2);
        SparkSession cluster = session(machines.url(), more);
        try (Killer killer = new Killer(machines, kills);
            ShardedTable table = table(cluster, 5)) {
          assertThat(train(table, longSettings(objective), 3, slicing, killer))
              .containsExactly(expected);
          assertThat(killer.killed()).isEqualTo(kills);
        }
        cluster.stop();
      }
    }
  }

  private static final int LONG = 700;

  private static TrainingSettings longSettings(String objective) {
    return settings(objective, 5, 64).withSteps(LONG);
  }

  /** Kills an executor some time after every so many steps, which wait for the kill before. */
  private static final class Killer implements TrainingListener, AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Random random = new Random(5);
    private final StandaloneCluster machines;
    private final int kills;
    private final List<Future<?>> asked = new ArrayList<>();

    Killer(StandaloneCluster machines, int kills) {
      this.machines = machines;
      this.kills = kills;
    }

    @Override
    public void onStep(StepMetrics metrics) {
      if (metrics.step() % (LONG / kills) == 0 && asked.size() < kills) {
        killed();
        asked.add(thread.submit(this::kill));
      }
    }

    private Void kill() throws InterruptedException {
      do {
        Thread.sleep(random.nextInt(2_000));
      } while (!machines.killExecutor(random));
      return null;
    }

    /** How many were killed, once all that were asked for are. */
    int killed() {
      try {
        for (Future<?> kill : asked) {
          kill.get();
        }
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException(e);
      }
      return asked.size();
    }

    @Override
    public void close() {
      thread.shutdownNow();
    }
  }

  @Test
  void sharedGpusAreRefused() {
    SparkConf conf = new SparkConf(false).set("spark.task.resource.gpu.amount", "0.5");
    assertThatThrownBy(() -> TaskDevice.check(conf))
        .hasMessage(
            "spark.task.resource.gpu.amount is 0.5, so that several tasks would share one GPU; set"
                + " it to 1");
    TaskDevice.check(conf.set("spark.task.resource.gpu.amount", "1"));
    assertThat(TaskDevice.current()).isEqualTo(Device.cpu());
  }

  /** Scheduling only: there is no GPU, so nothing is computed on one. */
  @Test
  void tasksComputeOnTheGpuSparkGaveThem() throws IOException {
    Path script = folder.resolve("gpus.sh");
    Files.writeString(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"5\"]}'\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    SparkSession spark =
        session(
            "local-cluster[1,1,1024]",
            Map.of(
                "spark.worker.resource.gpu.amount", "1",
                "spark.worker.resource.gpu.discoveryScript", script.toString(),
                "spark.executor.resource.gpu.amount", "1",
                "spark.task.resource.gpu.amount", "1"));
    List<String> devices =
        org.apache.spark.api.java.JavaSparkContext.fromSparkContext(spark.sparkContext())
            .parallelize(List.of(1, 2), 2)
            .map(i -> TaskDevice.current().toString())
            .collect();
    assertThat(devices).containsExactly("gpu(5)", "gpu(5)");
  }
}
