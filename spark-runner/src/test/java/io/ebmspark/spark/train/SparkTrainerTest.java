package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepSums;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.TaskDevice;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.ShardedTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bits from one thread, many threads, and processes of their own. */
@Timeout(value = 100, unit = TimeUnit.SECONDS)
class SparkTrainerTest {
  private static final Energy ENERGY = new Mlp(List.of(16, 16), Activation.SILU);
  private static final String DSM = "{kind: denoising-score-matching, noise: 0.3}";
  private static final String CD = "{kind: contrastive-divergence}";
  private static final String PCD =
      "{kind: persistent-contrastive-divergence, steps: 5, buffer: {size: 64}}";
  private static final Path SPARK_HOME =
      Path.of("..", "spark-home", "target").toAbsolutePath().normalize();

  private final List<Process> processes = new ArrayList<>();
  @TempDir Path folder;

  @AfterEach
  void stop() {
    if (SparkSession.getDefaultSession().isDefined()) {
      SparkSession.getDefaultSession().get().stop();
    }
    SparkSession.clearDefaultSession();
    SparkSession.clearActiveSession();
    processes.forEach(Process::destroyForcibly);
  }

  private static SparkSession session(String master, Map<String, String> more) {
    SparkConf conf =
        new SparkConf()
            .setMaster(master)
            .setAppName("trainer")
            .setSparkHome(SPARK_HOME.toString())
            .set("spark.ui.enabled", "false")
            .set("spark.sql.shuffle.partitions", "2")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.executor.memory", "600m")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
            .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
            .set("spark.kryo.registrator", "io.ebmspark.spark.KryoRegistration");
    more.forEach(conf::set);
    SparkSession spark = SparkSession.builder().config(conf).getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    return spark;
  }

  private static TrainingSettings settings(String objective, int shards, int batchSize) {
    String yaml =
        "{objective: %s, steps: 12, batchSize: %d, shards: %d, blockRows: 32, gradientClip: 5}"
            .formatted(objective, batchSize, shards);
    return SettingsBinder.bind(SettingsTree.parse("training", yaml), TrainingSettings.class);
  }

  private ShardedTable table(SparkSession spark, int shards) throws IOException {
    Path file = folder.resolve("rows.csv");
    if (Files.notExists(file)) {
      StringBuilder rows = new StringBuilder("a,b\n");
      for (int i = 0; i < 203; i++) {
        rows.append(Math.sin(i)).append(',').append(Math.cos(1.7 * i) * Math.sin(i)).append('\n');
      }
      Files.writeString(file, rows.toString());
    }
    String yaml = "{source: {path: '" + file + "', format: csv}}";
    return ShardedTable.load(
        spark, SettingsBinder.bind(SettingsTree.parse("data", yaml), DataSettings.class), shards);
  }

  private float[] train(SparkSession spark, String objective) throws IOException {
    TrainingSettings settings = settings(objective, 3, 64);
    try (ShardedTable table = table(spark, 3)) {
      return SparkTrainer.train(table, ENERGY, settings, metrics -> {}).parameters();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {DSM, CD, PCD})
  void threadsJobsAndTheLocalTrainerAgreeToTheBit(String objective) throws IOException {
    SparkSession spark = session("local[4]", Map.of());
    float[] four = train(spark, objective);
    TrainingSettings settings = settings(objective, 3, 64);
    try (ShardedTable table = table(spark, 3)) {
      List<RowBlock> blocks = table.shards().collect();
      assertThat(LocalTrainer.train(ENERGY, table.shape(), settings, blocks, m -> {}).parameters())
          .containsExactly(four);
      WorkerSettings worker = new WorkerSettings(ENERGY, List.of(2L), settings, table.rows());
      SparkGradients jobs = new SparkGradients(table.shards(), worker, settings.steps());
      assertThat(
              new Trainer(ENERGY, table.shape(), settings)
                  .train(jobs, worker.worker().plan(), m -> {})
                  .parameters())
          .containsExactly(four);
    }
    spark.stop();
    assertThat(train(session("local[1]", Map.of()), objective)).containsExactly(four);
  }

  @ParameterizedTest
  @ValueSource(strings = {DSM, CD, PCD})
  void fullBatchGradientIsIndependentOfTheNumberOfShards(String objective) throws IOException {
    SparkSession spark = session("local[2]", Map.of());
    TrainingSettings settings = settings(objective.replace("size: 64", "size: 203"), 1, 203);
    double[] whole = gradient(spark, settings, 1);
    for (int shards : new int[] {2, 3, 7, 400}) {
      double[] sum = gradient(spark, settings, shards);
      double apart = 0;
      double norm = 0;
      for (int i = 0; i < sum.length; i++) {
        apart += Math.pow(sum[i] - whole[i], 2);
        norm += Math.pow(whole[i], 2);
      }
      assertThat(Math.sqrt(apart / norm)).as("%d shards", shards).isLessThan(1e-6);
    }
  }

  private double[] gradient(SparkSession spark, TrainingSettings settings, int shards)
      throws IOException {
    try (ShardedTable table = table(spark, shards)) {
      GradientWorker worker = new GradientWorker(ENERGY, table.shape(), settings, table.rows());
      float[] parameters = ENERGY.parameters(2).initialise(0);
      float[] starts = settings.objective().replay().isPresent() ? new float[2 * 203] : null;
      double[] sum = new double[parameters.length];
      for (RowBlock block : table.shards().collect()) {
        StepSums part = worker.sums(new StepRequest(0, parameters, starts), block, Device.cpu());
        for (int i = 0; i < part.gradient().length; i++) {
          sum[i] += part.gradient()[i];
        }
      }
      return sum;
    }
  }

  @Test
  void executorsInProcessesOfTheirOwnGiveTheSameBits() throws IOException {
    SparkSession here = session("local[2]", Map.of());
    float[] expected = train(here, CD);
    here.stop();
    SparkSession cluster = session("local-cluster[2,1,1024]", Map.of());
    assertThat(train(cluster, CD)).containsExactly(expected);
  }

  @Test
  @Tag("long")
  void standaloneClusterGivesTheSameBits() throws Exception {
    SparkSession here = session("local[2]", Map.of());
    float[] dsm = train(here, DSM);
    float[] pcd = train(here, PCD);
    here.stop();
    String master = startCluster();
    SparkSession cluster = session(master, Map.of());
    assertThat(train(cluster, DSM)).containsExactly(dsm);
    assertThat(train(cluster, PCD)).containsExactly(pcd);
  }

  /** A master and two workers, each a process of its own. */
  private String startCluster() throws Exception {
    int port;
    try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
      port = free.getLocalPort();
    }
    start(
        "org.apache.spark.deploy.master.Master",
        "--host",
        "127.0.0.1",
        "--port",
        "" + port,
        "--webui-port",
        "0");
    String master = "spark://127.0.0.1:" + port;
    for (int i = 0; i < 2; i++) {
      start(
          "org.apache.spark.deploy.worker.Worker",
          "--host",
          "127.0.0.1",
          "-c",
          "1",
          "-m",
          "1g",
          "--webui-port",
          "0",
          "-d",
          folder.resolve("worker" + i).toString(),
          master);
    }
    return master;
  }

  private void start(String main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx512m",
                "-cp",
                SPARK_HOME.resolve("jars") + "/*",
                main));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(folder.resolve(main + processes.size() + ".log").toFile());
    builder.environment().put("SPARK_HOME", SPARK_HOME.toString());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    processes.add(builder.start());
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

  /** Scheduling only: no GPU is there, so nothing is computed on one. */
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
