package io.ebmspark.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code scripts/ebm} as a user starts it, from the project's folder. */
record Launcher(Path root, Path logs, Map<String, String> environment) {
  /**
   * Commands of tests end soon, and so does what Java compiles for them; what they leave when they
   * are killed goes where this process's own goes.
   */
  static final String JAVA_OPTIONS =
      "-XX:TieredStopAtLevel=1 -Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir");

  static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

  /** The outcome of a command. */
  record Result(int code, String out, String err) {
    /** The lines a user reads, less what Java itself says about its vector module. */
    List<String> errorLines() {
      return err.lines().filter(line -> !line.contains("incubator modules")).toList();
    }

    @Override
    public String toString() {
      return "code " + code + "\n" + out + "\n" + err;
    }
  }

  /** Starts a command and does not wait for it. */
  Process start(Path out, Path err, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(root.resolve("scripts/ebm").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(root.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(key -> key.startsWith("SPARK_") || key.startsWith("EBM_"));
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("SPARK_SUBMIT_OPTS", JAVA_OPTIONS);
    builder.environment().putAll(environment);
    return builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
  }

  /** Runs a command to its end. */
  Result run(String... arguments) throws IOException, InterruptedException {
    Path out = Files.createTempFile(logs, "out", ".log");
    Path err = Files.createTempFile(logs, "err", ".log");
    Process process = start(out, err, arguments);
    if (!process.waitFor(8, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
