package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README's line on a real Spark distribution: a standalone master and workers, each a process
 * of its own, and {@code scripts/ebm}. Needs the packed jar, which the script builds.
 */
@Tag("long")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class DistributionTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** A task of training stays for as long as nobody comes or goes; others are done at once. */
  private static final long MILLIS_THAT_SHOW_WORK = 2_000;

  @TempDir static Path folder;
  private static final List<Process> SERVERS = new ArrayList<>();
  private static String sparkHome = "";
  private static String master = "";

  @BeforeAll
  static void startCluster() throws Exception {
    sparkHome = Distribution.sparkHome();
    int port = freePort();
    master = "spark://127.0.0.1:" + port;
    server("master", "master.Master", "--host", "127.0.0.1", "--port", "" + port);
    await(folder.resolve("master.log"), "I have been elected leader", SERVERS.get(0));
    worker("one");
    worker("two");
  }

  @AfterAll
  static void stopCluster() {
    for (Process server : SERVERS) {
      server.descendants().forEach(ProcessHandle::destroyForcibly);
      server.destroyForcibly();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static Process server(String name, String type, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(sparkHome + "/bin/spark-class");
    command.add("org.apache.spark.deploy." + type);
    command.addAll(List.of(arguments));
    command.addAll(List.of("--webui-port", "" + freePort()));
    Process process = start(command, Map.of("SPARK_HOME", sparkHome), name);
    SERVERS.add(process);
    return process;
  }

  /** A worker with room for one executor and one driver. */
  private static Process worker(String name) throws Exception {
    Process worker =
        server(
            name,
            "worker.Worker",
            "--host",
            "127.0.0.1",
            "--cores",
            "2",
            "--memory",
            "2g",
            "--work-dir",
            folder.resolve("work-" + name).toString(),
            master);
    await(folder.resolve(name + ".log"), "Successfully registered with master", worker);
    return worker;
  }

  private static Process start(List<String> command, Map<String, String> environment, String name)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(ROOT.toFile());
    builder.environment().remove("SPARK_HOME");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    for (String options : List.of("SPARK_DAEMON_JAVA_OPTS", "SPARK_SUBMIT_OPTS")) {
      builder.environment().put(options, Launcher.JAVA_OPTIONS);
    }
    builder.environment().putAll(environment);
    return builder
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".log").toFile())
        .start();
  }

  private static void await(Path log, String text, Process process) throws Exception {
    while (!Files.readString(log).contains(text)) {
      assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
      Thread.sleep(100);
    }
  }

  /** The command of the README, with the cluster's options. */
  private static Process train(String model, String steps, String... submit) throws IOException {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--master " + master,
                "--driver-memory 600m --executor-memory 600m --conf spark.executor.cores=1",
                "--conf spark.app.name='two words'"));
    options.addAll(Arrays.asList(submit));
    return start(
        command(model, steps),
        Map.of(
            "SPARK_HOME",
            sparkHome,
            "EBM_SPARK_CONF",
            "conf/spark/cluster.conf",
            "EBM_SUBMIT",
            String.join(" ", options)),
        model);
  }

  /** A relative job file, as a user has it. */
  private static List<String> command(String model, String steps) {
    return List.of(
        "scripts/ebm",
        "train",
        "examples/breast-cancer.yaml",
        "--set=training.steps=" + steps,
        "--set=training.shards=12",
        "--set=training.learningRate=1e-4",
        "--set=output.model=" + folder.resolve(model));
  }

  private static byte[] onThisMachine(String model, String steps) throws Exception {
    Process process = start(command(model, steps), Map.of(), model);
    return weights(model, process);
  }

  private static byte[] weights(String model, Process process) throws Exception {
    assertThat(process.waitFor()).as(log(model)).isZero();
    return Files.readAllBytes(folder.resolve(model).resolve("model.safetensors"));
  }

  private static String log(String name) throws IOException {
    return Files.readString(folder.resolve(name + ".log"));
  }

  @Test
  void clientAndClusterModeTrainTheSameModelAsOneMachine() throws Exception {
    byte[] expected = onThisMachine("local", "40");
    assertThat(weights("client", train("client", "40"))).isEqualTo(expected);
    assertThat(weights("cluster", train("cluster", "40", "--deploy-mode cluster")))
        .isEqualTo(expected);
    assertThat(classesOfTheJar())
        .contains("io/ebmspark/jobs/Main.class")
        .noneMatch(name -> name.matches("(scala|org/apache/(spark|hadoop))/.*"));
  }

  /** What the packed jar brings along: a cluster has its own Spark, Scala and Hadoop. */
  private static List<String> classesOfTheJar() throws IOException {
    try (Stream<Path> built = Files.list(ROOT.resolve("jobs/target"));
        JarFile jar =
            new JarFile(
                built
                    .filter(file -> file.toString().endsWith("-all.jar"))
                    .findFirst()
                    .orElseThrow()
                    .toFile())) {
      return jar.stream().map(JarEntry::getName).filter(name -> name.endsWith(".class")).toList();
    }
  }

  @Test
  void aDriverThatFailsOnTheClusterIsAFailureHere() throws Exception {
    Process failing =
        train(
            "failing",
            "40",
            "--conf spark.submit.deployMode=cluster",
            "--conf spark.driver.extraJavaOptions=");
    assertThat(failing.waitFor()).as(log("failing")).isEqualTo(1);
    assertThat(log("failing")).contains("the driver failed");
    try (Stream<Path> files = Files.walk(folder)) {
      List<String> said =
          files
              .filter(file -> file.toString().contains("driver-") && file.endsWith("stderr"))
              .map(DistributionTest::read)
              .toList();
      assertThat(said)
          .anyMatch(text -> text.contains("spark.driver.extraJavaOptions lacks the --add-opens"))
          .noneMatch(text -> text.contains("cannot be read"));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** One executor is killed, and a worker joins: those present at the end do their share. */
  @Test
  void executorsThatComeAndGoDoTheirShareAndLeaveNoTrace() throws Exception {
    byte[] expected = onThisMachine("left-alone", "900");
    Path events = Files.createDirectory(folder.resolve("events"));
    Process run =
        train(
            "disturbed",
            "900",
            "--conf spark.eventLog.enabled=true --conf spark.eventLog.compress=false",
            "--conf spark.eventLog.rolling.enabled=false --conf spark.eventLog.dir=" + events);
    await(folder.resolve("disturbed.log"), "step 1 of", run);
    assertThat(SERVERS.get(1).descendants().filter(DistributionTest::isExecutor))
        .as("executors of the first worker")
        .isNotEmpty()
        .allMatch(ProcessHandle::destroyForcibly);
    worker("three");
    assertThat(weights("disturbed", run)).isEqualTo(expected);

    Map<String, Long> tasks = new TreeMap<>();
    List<String> ever = longestTasks(events, tasks);
    System.out.println("LONGEST TASK OF EACH EXECUTOR, ms " + tasks);
    assertThat(ever).as("two workers' at first, and what came later").hasSizeGreaterThan(4);
    assertThat(tasks.values().stream().filter(longest -> longest > MILLIS_THAT_SHOW_WORK))
        .as("survivors, what came in the place of the killed, what joined: of %s", tasks)
        .hasSizeGreaterThanOrEqualTo(6);
  }

  private static boolean isExecutor(ProcessHandle process) {
    return process.info().arguments().stream()
        .flatMap(Arrays::stream)
        .anyMatch(argument -> argument.contains("CoarseGrainedExecutorBackend"));
  }

  /** Finds each executor's longest finished task, ms; answers the executors there ever were. */
  private static List<String> longestTasks(Path events, Map<String, Long> tasks)
      throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<String> executors = new ArrayList<>();
    try (Stream<Path> files = Files.walk(events)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (file.getFileName().toString().startsWith(".")) {
          continue; // a checksum
        }
        for (String line : Files.readAllLines(file)) {
          JsonNode event = json.readTree(line);
          String kind = event.path("Event").asText();
          if (kind.equals("SparkListenerExecutorAdded")) {
            executors.add(event.path("Executor ID").asText());
          }
          if (kind.equals("SparkListenerTaskEnd")
              && event.path("Task End Reason").path("Reason").asText().equals("Success")) {
            JsonNode task = event.path("Task Info");
            long millis = task.path("Finish Time").asLong() - task.path("Launch Time").asLong();
            tasks.merge(task.path("Executor ID").asText(), millis, Math::max);
          }
        }
      }
    }
    return executors;
  }
}
