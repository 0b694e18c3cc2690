package io.ebmspark.spark.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A minimal process that takes one order per line and answers each with a line.
 *
 * @param log its standard error
 */
public record ContenderProcess(
    Process process, BufferedReader answers, PrintStream orders, Path log) {
  /**
   * Starts one.
   *
   * @param main its main class
   * @param log takes its standard error
   */
  public static ContenderProcess start(Class<?> main, Path log, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    Arrays.stream(System.getProperty("test.jvm.options", "").split("\\s+"))
        .filter(option -> !option.isBlank())
        .forEach(command::add);
    command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    command.addAll(
        List.of("-Xmx128m", "-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    return new ContenderProcess(
        process,
        process.inputReader(StandardCharsets.UTF_8),
        new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8),
        log);
  }

  /**
   * Its next answer.
   *
   * @throws IllegalStateException if it has ended, with what it left in its log
   */
  public String answer() throws IOException {
    String answer = answers.readLine();
    if (answer == null) {
      throw new IllegalStateException("the contender has ended:\n" + Files.readString(log));
    }
    return answer;
  }

  /** Kills it; what it has answered can still be read. */
  public void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    process.waitFor();
  }
}
