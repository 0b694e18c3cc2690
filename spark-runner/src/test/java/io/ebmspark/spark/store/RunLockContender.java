package io.ebmspark.spark.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.hadoop.conf.Configuration;

/**
 * A process that goes for locks: it is told of an output a line, and answers what came of it.
 *
 * <p>Whoever holds a lock makes a file that must not be there yet, and removes it before it lets
 * go: the kernel's word for it that nobody else held the lock meanwhile.
 */
final class RunLockContender {
  static final RunLock.Timing TIMING =
      new RunLock.Timing(Duration.ofMillis(200), Duration.ofMillis(900), Duration.ofMillis(1500));

  private RunLockContender() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path evidence = Path.of(arguments[0]);
    Configuration configuration = FaultyFileSystem.configuration();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      System.out.println(contend(words[0], evidence.resolve(words[1]), in, configuration));
      System.out.flush();
    }
  }

  private static String contend(
      String output, Path evidence, BufferedReader in, Configuration configuration)
      throws IOException, InterruptedException {
    try (RunLock lock = RunLock.take(Location.of(output, configuration), notice -> {}, TIMING)) {
      lock.check();
      try {
        Files.createFile(evidence);
      } catch (FileAlreadyExistsException e) {
        return "BOTH";
      }
      System.out.println("HOLDS");
      System.out.flush();
      in.readLine(); // held until all others have their answer
      lock.check();
      Files.delete(evidence);
      return "DONE";
    } catch (LockedException e) {
      return "HELD";
    }
  }
}
