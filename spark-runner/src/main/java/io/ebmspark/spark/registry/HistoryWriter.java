package io.ebmspark.spark.registry;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.LockedException;
import io.ebmspark.spark.store.RunLock;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Adds to a model's history, one writer at a time. */
final class HistoryWriter {
  /** A change takes moments, so one that meets another waits for it. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final History history;
  private final Location folder;
  private final RunLock.Timing timing;

  /**
   * A writer.
   *
   * @param folder of the history, which writers lock
   */
  HistoryWriter(History history, Location folder, RunLock.Timing timing) {
    this.history = history;
    this.folder = folder;
    this.timing = timing;
  }

  /** A turn to write, and the lock that is checked before it is used. */
  record GuardedTurn(History.Turn turn, RunLock lock) {
    Aliases aliases() {
      return turn.aliases();
    }

    Optional<HistoryEntry> add(HistoryAction action, long version, Change change, Aliases aliases)
        throws IOException {
      return Optional.of(turn.add(action, version, change, aliases, lock::check));
    }
  }

  /** What is done in a turn; repeated if another writer was faster. */
  interface Work {
    Optional<HistoryEntry> in(GuardedTurn turn) throws IOException;
  }

  /** Reads the current state and adds to the history, while no other writer does. */
  Optional<HistoryEntry> write(Work work) {
    try (RunLock lock = takeTurn()) {
      while (true) {
        try (History.Turn turn = history.begin()) {
          return work.in(new GuardedTurn(turn, lock));
        } catch (History.OvertakenException e) {
          lock.check(); // the other's turn is over, and it will find that out
        }
      }
    } catch (IOException e) {
      throw new StorageException("nothing can be written to " + folder + ": " + FirstLine.of(e), e);
    }
  }

  private RunLock takeTurn() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return RunLock.take(folder, notice -> {}, timing);
      } catch (LockedException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(20, 200));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for another writer", e);
    }
  }
}
