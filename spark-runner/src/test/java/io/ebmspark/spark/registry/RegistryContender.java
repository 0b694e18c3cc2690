package io.ebmspark.spark.registry;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.spark.store.FaultyFileSystem;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.RunLock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * A process that promotes versions: it is told of a registry, the champion that must be and the
 * version a line, and answers what came of it.
 */
final class RegistryContender {
  static final RunLock.Timing TIMING =
      new RunLock.Timing(Duration.ofMillis(200), Duration.ofMillis(900), Duration.ofMillis(1500));

  private RegistryContender() {}

  public static void main(String[] arguments) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      System.out.println(promote(words[0], Long.parseLong(words[1]), Long.parseLong(words[2])));
      System.out.flush();
    }
  }

  private static String promote(String root, long champion, long version) {
    RegisteredModel model =
        new Registry(Location.of(root, FaultyFileSystem.configuration()), TIMING, Clock.systemUTC())
            .model("raced");
    try {
      model.promoteOver(Optional.of(champion), version, Change.because("a race"));
      return "WON";
    } catch (ChampionChangedException e) {
      return "CHANGED";
    } catch (RuntimeException e) {
      return "FAILED " + FirstLine.of(e);
    }
  }
}
