package io.ebmspark.spark.registry;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.spark.store.Storage;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The versions and runs of a model that need not be kept. Each removal is in the history before
 * files are deleted, so that an interrupted one is completed by the next.
 */
final class Leftovers {
  private final RegisteredModel model;
  private final Storage storage;
  private final Runnable guard;

  /**
   * Of a model.
   *
   * @param guard is run before anything is deleted, and throws if it no longer may be
   */
  Leftovers(RegisteredModel model, Runnable guard) {
    this.model = model;
    this.storage = model.runs().storage();
    this.guard = guard;
  }

  /** Removes them; returns the numbers of the versions removed. */
  List<Long> remove(Retention settings, Change change) {
    try {
      List<Long> old = old(settings);
      Set<Long> recorded = model.removed(old); // by a run that died before it had deleted the files
      List<Long> removed = new ArrayList<>();
      for (long number : old) {
        if (recorded.contains(number) || record(number, change)) {
          guard.run();
          storage.delete(model.folder(number).child(Version.RECORD).path());
          storage.delete(model.folder(number).path());
          removed.add(number);
        }
      }
      clear();
      clearRuns(settings.runs());
      return removed;
    } catch (IOException e) {
      throw new StorageException(
          "old versions of " + model.name() + " cannot be removed: " + FirstLine.of(e), e);
    }
  }

  /** The numbers of the versions that are to go, unless one has an alias by then. */
  private List<Long> old(Retention settings) {
    List<Version> all = model.versions();
    Set<Long> used = lately(Duration.ofHours(settings.graceHours()));
    Instant since = model.now().minus(Duration.ofDays(settings.days()));
    return all.stream()
        .limit(Math.max(0, all.size() - settings.versions()))
        .filter(version -> Instant.parse(version.record().created()).isBefore(since))
        .map(Version::number)
        .filter(number -> !used.contains(number))
        .toList();
  }

  /** The versions that had an alias within the grace period, and may still be in use by readers. */
  private Set<Long> lately(Duration grace) {
    Set<Long> used = new HashSet<>();
    Instant since = model.now().minus(grace);
    model.visit(
        entry -> {
          Stream.of(Alias.values())
              .forEach(alias -> alias.in(entry.aliases()).ifPresent(used::add));
          return Instant.parse(entry.time()).isAfter(since);
        });
    return used;
  }

  /** Records that a version is removed, unless it has an alias by now; returns whether it is. */
  private boolean record(long number, Change change) {
    return model
        .writer()
        .write(
            turn ->
                turn.aliases().of(number).isEmpty()
                    ? turn.add(HistoryAction.REMOVE, number, change, turn.aliases().removed(number))
                    : Optional.empty())
        .isPresent();
  }

  /** Deletes folders that are no longer versions, left by a run that died while removing them. */
  private void clear() throws IOException {
    Aliases aliases = model.aliases();
    for (long number : model.numbers()) {
      boolean isOver = number <= aliases.newest() && aliases.of(number).isEmpty();
      if (isOver && !storage.exists(model.folder(number).child(Version.RECORD).path())) {
        guard.run();
        storage.delete(model.folder(number).path());
      }
    }
  }

  /** Deletes the oldest runs; names of runs begin with their time. */
  private void clearRuns(int kept) throws IOException {
    List<Path> all =
        storage.list(model.runs().path()).stream().map(FileStatus::getPath).sorted().toList();
    for (int i = 0; i < all.size() - kept; i++) {
      guard.run();
      storage.delete(all.get(i));
    }
  }
}
