package io.ebmspark.jobs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A command in a minimal process of its own, which can be killed. */
final class JobProcess {
  private static final List<String> JVM =
      List.of(System.getProperty("test.jvm.options", "").split("\\s+"));

  private JobProcess() {}

  /** Starts a command; what it prints goes to the file. */
  static Process start(Path log, String... arguments) throws IOException {
    return start(log, new String[0], arguments);
  }

  /** Starts a command with more options of its JVM. */
  static Process start(Path log, String[] options, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    JVM.stream().filter(option -> !option.isBlank()).forEach(command::add);
    command.addAll(
        List.of(
            "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
            "-Xmx600m",
            "-Dspark.master=local[2]",
            "-Dspark.ui.enabled=false",
            "-Dspark.sql.shuffle.partitions=2"));
    command.addAll(Arrays.asList(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.ebmspark.jobs.Main"));
    command.addAll(Arrays.asList(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }
}
