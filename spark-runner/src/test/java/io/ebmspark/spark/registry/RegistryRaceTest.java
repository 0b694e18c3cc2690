package io.ebmspark.spark.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.spark.store.ContenderProcess;
import io.ebmspark.spark.store.FaultyFileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes promote a version each over the same champion; in every other race one is killed. */
@Tag("long")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RegistryRaceTest {
  private static final int PROCESSES = 4;

  /** Twice as many races passed once. */
  private static final int RACES = 20;

  @TempDir Path folder;
  private final List<ContenderProcess> contenders = new ArrayList<>();

  private static ContenderProcess contender(Path log) throws IOException {
    return ContenderProcess.start(RegistryContender.class, log);
  }

  @AfterEach
  void stop() {
    contenders.forEach(contender -> contender.process().destroyForcibly());
  }

  @ParameterizedTest
  @ValueSource(strings = {"faulty", "copying"})
  void oneOfManyProcessesWinsOnTheLocalDisc(String scheme) throws Exception {
    race(scheme + "://" + folder + "/registry");
  }

  @Test
  void oneOfManyProcessesWinsOnHdfs() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
    try (MiniDFSCluster hdfs = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build()) {
      hdfs.waitActive();
      race(hdfs.getURI() + "/registry");
    }
  }

  private void race(String root) throws Exception {
    RegisteredModel model = Registry.at(root, FaultyFileSystem.configuration()).model("raced");
    for (int version = 1; version <= PROCESSES + 1; version++) {
      Example.publish(model, "rows " + version);
    }
    model.promote(1, Change.because("the first"));
    for (int i = 0; i < PROCESSES; i++) {
      contenders.add(contender(folder.resolve("contender" + i + ".log")));
    }
    Random random = new Random(1);
    int killed = 0;
    int diedWinning = 0;
    for (int race = 0; race < RACES; race++) {
      long champion = model.aliases().champion().orElseThrow();
      long before = model.last().orElseThrow().number();
      for (int i = 0; i < PROCESSES; i++) {
        long version = i + 1 < champion ? i + 1 : i + 2;
        contenders.get(i).orders().println(root + " " + champion + " " + version);
      }
      if (race % 2 == 1) {
        Thread.sleep(random.nextInt(400));
        contenders.get(race / 2 % PROCESSES).kill();
      }
      List<Integer> winners = new ArrayList<>();
      boolean died = false;
      for (int i = 0; i < PROCESSES; i++) {
        String answer = contenders.get(i).answers().readLine();
        if (answer == null) {
          died = true;
          contenders.set(i, contender(folder.resolve("contender" + i + "-" + race + ".log")));
        } else if (answer.equals("WON")) {
          winners.add(i);
        } else {
          assertThat(answer).isEqualTo("CHANGED");
        }
      }
      HistoryEntry last = model.last().orElseThrow();
      assertThat(last.number()).as("one change a race").isEqualTo(before + 1);
      killed += died ? 1 : 0;
      if (winners.isEmpty()) {
        assertThat(died).as("none won, so the dead one had").isTrue();
        diedWinning++;
      } else {
        int winner = winners.get(0);
        assertThat(winners).hasSize(1);
        assertThat(last.version()).isEqualTo(winner + 1 < champion ? winner + 1 : winner + 2);
      }
    }
    assertThat(model.history()).hasSize(PROCESSES + 2 + RACES);
    System.out.printf(
        "PROMOTIONS %s: %d races of %d, two won 0, killed %d, %d of them after they had won%n",
        root.replaceFirst(":.*", ""), RACES, PROCESSES, killed, diedWinning);
  }
}
