package io.ebmspark.spark.train;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;

/** A Spark master and workers, each a process of its own, as are the executors they start. */
final class StandaloneCluster implements AutoCloseable {
  static final Path SPARK_HOME = Path.of("..", "spark-home", "target").toAbsolutePath().normalize();

  /** How much of a log says what happened at its end. */
  private static final int LINES = 40;

  private final List<Process> processes = new ArrayList<>();
  private final Path folder;
  private final String url;

  StandaloneCluster(Path folder, int workers) throws IOException {
    this(folder, "127.0.0.1");
    for (int i = 0; i < workers; i++) {
      addWorker();
    }
  }

  /** A master that listens at an address of this machine. */
  StandaloneCluster(Path folder, String host) throws IOException {
    this.folder = folder;
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    start(List.of(), host, "Master", "--port", "" + port, "--webui-port", "0");
    url = "spark://" + host + ":" + port;
  }

  /** Starts one more worker, of one core. */
  void addWorker() throws IOException {
    addWorker(List.of(), "127.0.0.1");
  }

  /**
   * Starts a worker elsewhere.
   *
   * @param by the command that runs another there
   * @param host its address there
   */
  void addWorker(List<String> by, String host) throws IOException {
    String work = folder.resolve("worker" + processes.size()).toString();
    start(by, host, "Worker", "-c", "1", "-m", "1g", "--webui-port", "0", "-d", work, url);
  }

  /** What goes into {@code spark.master}. */
  String url() {
    return url;
  }

  /**
   * Kills one executor with SIGKILL.
   *
   * @return whether there was one to kill
   */
  boolean killExecutor(Random random) {
    List<ProcessHandle> executors =
        processes.stream()
            .flatMap(process -> process.descendants())
            .filter(StandaloneCluster::isExecutor)
            .toList();
    return !executors.isEmpty()
        && executors.get(random.nextInt(executors.size())).destroyForcibly();
  }

  /** Java itself gives up on command lines as long as these. */
  private static boolean isExecutor(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
          .contains("ExecutorBackend");
    } catch (IOException e) {
      return false; // it has just died
    }
  }

  private void start(List<String> by, String host, String main, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(by);
    command.addAll(
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
            // Executors that are killed are replaced, however often.
            "-Dspark.deploy.maxExecutorRetries=-1",
            "-cp",
            SPARK_HOME.resolve("jars") + "/*",
            "org.apache.spark.deploy." + main.toLowerCase(java.util.Locale.ROOT) + "." + main,
            "--host",
            host));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(folder.resolve(main + processes.size() + ".log").toFile());
    builder.environment().put("SPARK_HOME", SPARK_HOME.toString());
    builder.environment().put("SPARK_LOCAL_IP", host);
    processes.add(builder.start());
  }

  /** Prints the end of what every process wrote, if a test fails; its folder is gone afterwards. */
  static AfterTestExecutionCallback logsOfFailures(Supplier<Path> folder) {
    return context -> {
      if (context.getExecutionException().isPresent()) {
        try (Stream<Path> files = Files.walk(folder.get())) {
          files.filter(StandaloneCluster::isLog).sorted().forEach(StandaloneCluster::printEnd);
        }
      }
    };
  }

  private static boolean isLog(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".log") || name.equals("stderr");
  }

  private static void printEnd(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      System.out.println("LOGGED in " + log);
      lines.stream().skip(Math.max(0, lines.size() - LINES)).forEach(System.out::println);
    } catch (IOException e) {
      System.out.println("cannot read " + log + ": " + e);
    }
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
