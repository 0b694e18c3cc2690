package io.ebmspark.spark.registry;

import io.ebmspark.core.failure.Category;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Sealed;
import io.ebmspark.spark.store.Storage;
import java.io.IOException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;

/**
 * The changes to one registered model, one sealed file each. The last one says which versions are
 * in use; writing it is the commit.
 *
 * <p>Nothing is renamed, and no operation need be atomic: an incomplete file does not count.
 * Writers take turns under a lock, but a stalled writer may wake up and write long after its turn.
 * So each change is made in an <em>epoch</em> of its own, higher than all earlier ones:
 *
 * <ol>
 *   <li>the writer creates a file that names its epoch, and <em>then</em> reads the history; if it
 *       sees an epoch that is not below its own, it starts again;
 *   <li>it writes its entry, and <em>then</em> looks again: if there is an epoch that is not below
 *       its own, it has lost.
 * </ol>
 *
 * <p>Of two entries with one number, the one with the higher epoch counts. An entry reported as
 * made existed before any higher epoch did, so any writer with a higher epoch has read it and
 * writes after it: it can neither be lost nor be superseded by another entry with its number. As
 * with the lock, this only requires that a listing shows every file whose writing ended before the
 * listing began.
 */
final class History {
  private static final Pattern ENTRY = Pattern.compile("(\\d{9})-(\\d{9})-([0-9a-f-]{36})\\.json");
  private static final Pattern EPOCH = Pattern.compile("epoch-()(\\d{9})-([0-9a-f-]{36})");

  /**
   * A listing is not a snapshot: an epoch that begins meanwhile may be missing from it, and so may
   * one that is removed meanwhile. So no epoch is removed that might have been the highest at that
   * time.
   */
  private static final long EPOCHS_KEPT = 100;

  private final Location folder;
  private final Storage storage;
  private final String model;
  private final Clock clock;

  History(Location folder, String model, Clock clock) {
    this.folder = folder;
    this.storage = folder.storage();
    this.model = model;
    this.clock = clock;
  }

  /** A file of the history; an epoch's has the number 0. */
  private record Name(String text, long number, long epoch, String token) {
    static Optional<Name> of(String text) {
      for (Pattern pattern : List.of(ENTRY, EPOCH)) {
        Matcher matcher = pattern.matcher(text);
        if (matcher.matches()) {
          return Optional.of(
              new Name(
                  text,
                  matcher.group(1).isEmpty() ? 0 : Long.parseLong(matcher.group(1)),
                  Long.parseLong(matcher.group(2)),
                  matcher.group(3)));
        }
      }
      return Optional.empty();
    }

    static Name entry(long number, long epoch, String token) {
      return new Name(
          String.format(Locale.ROOT, "%09d-%09d-%s.json", number, epoch, token),
          number,
          epoch,
          token);
    }

    static Name epoch(long epoch, String token) {
      return new Name(String.format(Locale.ROOT, "epoch-%09d-%s", epoch, token), 0, epoch, token);
    }
  }

  /** An entry and the name of its file. */
  private record Found(Name name, HistoryEntry entry) {}

  /** All files, by number and then epoch, highest first. */
  private List<Name> names() throws IOException {
    List<Name> names = new ArrayList<>();
    for (FileStatus status : storage.list(folder.path())) {
      Name.of(status.getPath().getName()).ifPresent(names::add);
    }
    names.sort(Comparator.comparingLong(Name::number).thenComparingLong(Name::epoch).reversed());
    return names;
  }

  private Optional<Found> found(Name name) throws IOException {
    if (name.number() == 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Found(
              name, Sealed.read(storage, folder.child(name.text()).path(), HistoryEntry.class)));
    } catch (Sealed.TornException e) {
      return Optional.empty(); // never finished
    }
  }

  private Optional<Found> last(List<Name> names) throws IOException {
    for (Name name : names) {
      Optional<Found> found = found(name);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** The entry that describes the current state. */
  Optional<HistoryEntry> last() throws IOException {
    return last(names()).map(Found::entry);
  }

  /** Visits entries, newest first, until it has seen enough. */
  interface Visitor {
    boolean wantsMoreAfter(HistoryEntry entry);
  }

  /** Each entry names its predecessor, so entries of writers that lost are skipped. */
  void visit(Visitor visitor) throws IOException {
    List<Name> names = names();
    Optional<Found> at = last(names);
    while (at.isPresent()) {
      Found current = at.get();
      if (!visitor.wantsMoreAfter(current.entry())) {
        return;
      }
      List<Name> older =
          names.stream().filter(name -> name.number() < current.name().number()).toList();
      Optional<Name> named =
          older.stream()
              .filter(name -> current.entry().after().equals(Optional.of(name.text())))
              .findFirst();
      at = named.isPresent() ? found(named.get()) : Optional.empty();
      if (at.isEmpty()) {
        at = last(older); // the predecessor was removed by hand, or is damaged; go by the numbers
      }
    }
  }

  /**
   * Starts a turn: the right to add at most one entry.
   *
   * @throws IOException if another writer came in between, or the storage is unreachable
   */
  Turn begin() throws IOException {
    String token = UUID.randomUUID().toString();
    long epoch = 1 + names().stream().mapToLong(Name::epoch).max().orElse(0);
    Name own = Name.epoch(epoch, token);
    storage.write(folder.child(own.text()).path(), "");
    List<Name> now = names();
    if (isOvertaken(now, own)) {
      storage.delete(folder.child(own.text()).path());
      throw new OvertakenException();
    }
    return new Turn(own, now, last(now));
  }

  private static boolean isOvertaken(List<Name> names, Name own) {
    return names.stream()
        .anyMatch(name -> name.epoch() >= own.epoch() && !name.token().equals(own.token()));
  }

  /** Another writer is at work; start again. */
  static final class OvertakenException extends IOException {
    private static final long serialVersionUID = 1;

    OvertakenException() {
      super("another writer came in between");
    }
  }

  /** The right to add one entry. */
  final class Turn implements AutoCloseable {
    private final Name own;
    private final List<Name> names;
    private final Optional<Found> last;

    private Turn(Name own, List<Name> names, Optional<Found> last) {
      this.own = own;
      this.names = names;
      this.last = last;
    }

    Aliases aliases() {
      return last.map(found -> found.entry().aliases()).orElse(Aliases.NONE);
    }

    /**
     * Adds the entry.
     *
     * @param guard called at the last moment; throws if nothing may be written any longer
     * @throws RegistryException if another writer came in between, so that it is unknown whether
     *     the entry counts
     * @throws IOException if it could not be written
     */
    HistoryEntry add(
        HistoryAction action, long version, Change change, Aliases aliases, Runnable guard)
        throws IOException {
      long number = 1 + last.map(found -> found.name().number()).orElse(0L);
      HistoryEntry entry =
          new HistoryEntry(
              HistoryEntry.FORMAT,
              number,
              last.map(found -> found.name().text()),
              clock.instant().truncatedTo(ChronoUnit.MILLIS).toString(),
              change.user(),
              action,
              version,
              change.reason(),
              change.forced(),
              change.run(),
              aliases);
      Name name = Name.entry(number, own.epoch(), own.token());
      guard.run();
      try {
        Sealed.write(storage, folder.child(name.text()).path(), entry);
      } catch (IOException e) {
        if (found(name).isEmpty()) {
          throw e;
        } // otherwise everything was written, and only the reply was lost
      }
      if (isOvertaken(names(), own)) {
        throw new RegistryException(
            Category.HELD,
            "another run wrote to the history of "
                + model
                + " while this one was stalled; `ebm history "
                + model
                + "` shows the outcome");
      }
      return entry;
    }

    /** Removes epochs that are long over, if possible. */
    @Override
    public void close() {
      try {
        for (Name name : names) {
          if (name.number() == 0 && name.epoch() < own.epoch() - EPOCHS_KEPT) {
            storage.delete(folder.child(name.text()).path());
          }
        }
      } catch (IOException e) {
        // The next writer removes them.
      }
    }
  }
}
