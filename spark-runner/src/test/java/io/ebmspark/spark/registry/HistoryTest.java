package io.ebmspark.spark.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.failure.Category;
import io.ebmspark.spark.store.FaultyFileSystem;
import io.ebmspark.spark.store.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Writers without a lock, or that believe they still have one: of two, one learns that it lost. */
class HistoryTest {
  private static final Change CHANGE = Change.because("a test");

  @TempDir Path folder;
  private History history;

  @BeforeEach
  void open() {
    history =
        new History(
            Location.of("faulty://" + folder, FaultyFileSystem.configuration()),
            "fraud",
            Clock.systemUTC());
  }

  private static HistoryEntry add(History.Turn turn, long version) throws IOException {
    try (turn) {
      return turn.add(
          HistoryAction.PROMOTE, version, CHANGE, turn.aliases().promoted(version), () -> {});
    }
  }

  private void assertLost(History.Turn turn, long version) {
    assertThatThrownBy(() -> add(turn, version))
        .isInstanceOfSatisfying(
            RegistryException.class, e -> assertThat(e.category()).isEqualTo(Category.HELD));
  }

  /** The versions of all entries that count, oldest first. */
  private List<Long> versions() throws IOException {
    List<Long> found = new ArrayList<>();
    history.visit(entry -> found.add(entry.version()));
    Collections.reverse(found);
    return found;
  }

  @Test
  void whoWakesUpAfterAnotherHasWrittenHasLost() throws IOException {
    add(history.begin(), 1);
    History.Turn sleeper = history.begin();
    add(history.begin(), 2);
    assertLost(sleeper, 3);
    assertThat(versions()).containsExactly(1L, 2L);
    assertThat(history.last().orElseThrow().aliases().champions()).containsExactly(2L, 1L);
    add(history.begin(), 4);
    assertThat(versions()).containsExactly(1L, 2L, 4L);
  }

  /** What it wrote before the next one read may count; it learns that this is unknown. */
  @Test
  void whoWakesUpBeforeAnotherHasReadIsNotTold() throws IOException {
    History.Turn sleeper = history.begin();
    history.begin(); // and dies
    assertLost(sleeper, 1);
    add(history.begin(), 2);
    assertThat(versions()).containsExactly(1L, 2L);
  }

  /** An epoch is not reused, even if nothing was written in it. */
  @Test
  void whoSleepsWhileOthersComeAndGoHasLost() throws IOException {
    add(history.begin(), 1);
    History.Turn sleeper = history.begin();
    history.begin().close();
    history.begin().close();
    add(history.begin(), 2);
    assertLost(sleeper, 3);
    assertThat(versions()).containsExactly(1L, 2L);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(file -> file.toString().endsWith(".json")))
          .as("two entries that count, and one that does not")
          .hasSize(3);
    }
  }

  @Test
  void anEntryCutShortDoesNotCount() throws IOException {
    add(history.begin(), 1);
    add(history.begin(), 2);
    try (Stream<Path> files = Files.list(folder)) {
      Path last =
          files
              .filter(f -> f.getFileName().toString().startsWith("000000002"))
              .findFirst()
              .orElseThrow();
      String text = Files.readString(last);
      for (int length = 0; length < text.length() - 1; length += 37) {
        Files.writeString(last, text.substring(0, length));
        assertThat(versions()).containsExactly(1L);
      }
    }
    add(history.begin(), 3);
    assertThat(versions()).containsExactly(1L, 3L);
  }

  /**
   * Entries removed by hand or damaged: the rest are still listed, and the numbers show the gap.
   */
  @Test
  void aGapHidesNothingElse() throws IOException {
    for (int version = 1; version <= 4; version++) {
      add(history.begin(), version);
    }
    try (Stream<Path> files = Files.list(folder)) {
      Files.delete(
          files
              .filter(f -> f.getFileName().toString().startsWith("000000003"))
              .findFirst()
              .orElseThrow());
    }
    assertThat(versions()).containsExactly(1L, 2L, 4L);
  }

  /** Without any lock, everything reported as written is in the history, in one order. */
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void nothingThatWasReportedIsEverLost() throws Exception {
    int writers = 4;
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try {
      List<Callable<List<Long>>> tasks =
          IntStream.range(0, writers)
              .<Callable<List<Long>>>mapToObj(writer -> () -> write(1_000_000L * (writer + 1)))
              .toList();
      List<Long> reported = new ArrayList<>();
      for (Future<List<Long>> answer : threads.invokeAll(tasks)) {
        reported.addAll(answer.get());
      }
      List<Long> found = versions();
      assertThat(found).doesNotHaveDuplicates().containsAll(reported);
      assertThat(reported).hasSize(8 * writers);
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(epochs()).as("those long over are cleared away").isBetween(1L, 150L);
        System.out.printf(
            "HISTORY %d reported, %d count, of %d written%n",
            reported.size(),
            found.size(),
            files.filter(file -> file.toString().endsWith(".json")).count());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private long epochs() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.getFileName().toString().startsWith("epoch-")).count();
    }
  }

  /** Tries until it has been told eight times that an entry was made. */
  private List<Long> write(long first) {
    List<Long> reported = new ArrayList<>();
    for (long version = first; reported.size() < 8; version++) {
      try {
        add(history.begin(), version);
        reported.add(version);
      } catch (RegistryException | IOException e) {
        // lost, or cannot be told; or its file was cleared away while it was made
      }
    }
    return reported;
  }
}
