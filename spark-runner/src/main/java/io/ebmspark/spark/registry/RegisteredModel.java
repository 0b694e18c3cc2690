package io.ebmspark.spark.registry;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.record.Lineage;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.LockedException;
import io.ebmspark.spark.store.RunLock;
import io.ebmspark.spark.store.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;

/**
 * A model of a registry: its versions, which of them is in use, and its history.
 *
 * <p>A version never changes, so a reader that has found one gets one complete model, whatever is
 * promoted meanwhile. Only one run at a time makes a version; versions can be promoted and rolled
 * back meanwhile.
 */
public final class RegisteredModel {
  private final Registry registry;
  private final String name;
  private final RunLock.Timing timing;
  private final Clock clock;
  private final Storage storage;
  private final Location versions;
  private final Location runs;
  private final History history;
  private final HistoryWriter writer;

  RegisteredModel(
      Registry registry, String name, Location folder, RunLock.Timing timing, Clock clock) {
    this.registry = registry;
    this.name = name;
    this.timing = timing;
    this.clock = clock;
    this.storage = folder.storage();
    this.versions = folder.child("versions");
    this.runs = folder.child("runs");
    Location changes = folder.child("history");
    this.history = new History(changes, name, clock);
    this.writer = new HistoryWriter(history, changes, timing);
  }

  /** Its name. */
  public String name() {
    return name;
  }

  Instant now() {
    return clock.instant();
  }

  // ---- reading -------------------------------------------------------------------------------

  /** Whether its history has any entry. */
  public boolean exists() {
    return last().isPresent();
  }

  /** The last change to it. */
  public Optional<HistoryEntry> last() {
    try {
      return history.last();
    } catch (IOException e) {
      throw registry.away(e);
    }
  }

  /** Which versions are in use, at one moment. */
  public Aliases aliases() {
    return last().map(HistoryEntry::aliases).orElse(Aliases.NONE);
  }

  /** The version in use. */
  public Optional<Version> champion() {
    return at(Alias.CHAMPION);
  }

  /** The version in use before the champion. */
  public Optional<Version> previous() {
    return at(Alias.PREVIOUS);
  }

  /** The newest version that has not become champion. */
  public Optional<Version> candidate() {
    return at(Alias.CANDIDATE);
  }

  /** The version that an alias names at this moment. */
  public Optional<Version> at(Alias alias) {
    return alias.in(aliases()).map(this::version);
  }

  /**
   * The version with a number.
   *
   * @throws RegistryException if there is none
   */
  public Version version(long number) {
    try {
      Optional<Version> version = Version.in(folder(number));
      if (version.isEmpty()) {
        throw noVersion(number);
      }
      return version.get();
    } catch (IOException e) {
      throw registry.away(e);
    }
  }

  private RegistryException noVersion(long number) {
    List<Long> known = versions().stream().map(Version::number).toList();
    boolean gone = number > 0 && number <= aliases().newest();
    return new RegistryException(
        "there is no version "
            + number
            + " of "
            + name
            + (gone ? " any more" : "")
            + "; "
            + (known.isEmpty() ? "it has none" : "known: " + ranges(known)));
  }

  /** Ascending numbers as ranges, as in 1-4, 7. */
  public static String ranges(List<Long> numbers) {
    List<String> ranges = new ArrayList<>();
    for (int first = 0, i = 0; i < numbers.size(); i++) {
      if (i + 1 == numbers.size() || numbers.get(i + 1) != numbers.get(i) + 1) {
        ranges.add(first == i ? "" + numbers.get(i) : numbers.get(first) + "-" + numbers.get(i));
        first = i + 1;
      }
    }
    return String.join(", ", ranges);
  }

  /** All published versions, oldest first. */
  public List<Version> versions() {
    try {
      List<Version> found = new ArrayList<>();
      for (long number : numbers()) {
        Version.in(folder(number)).ifPresent(found::add);
      }
      return found;
    } catch (IOException e) {
      throw registry.away(e);
    }
  }

  /** The numbers of all version folders, ascending, finished or not. */
  List<Long> numbers() throws IOException {
    return storage.list(versions.path()).stream()
        .map(status -> status.getPath().getName())
        .filter(text -> text.matches("[1-9]\\d{0,17}"))
        .map(Long::valueOf)
        .sorted()
        .toList();
  }

  Location folder(long number) {
    return versions.child(Long.toString(number));
  }

  /** The newest version made from the same rows, settings and parent. */
  public Optional<Version> find(Lineage lineage) {
    List<Version> all = new ArrayList<>(versions());
    Collections.reverse(all);
    return all.stream()
        .filter(version -> version.record().lineage().isOfSameWorkAs(lineage))
        .findFirst();
  }

  /** The last decision on a version: its promotion, its refusal, or a rollback to it. */
  public Optional<HistoryEntry> verdict(long number) {
    List<HistoryEntry> found = new ArrayList<>();
    visit(
        entry -> {
          boolean isOfIt = entry.version() == number;
          boolean isVerdict =
              entry.action() != HistoryAction.REGISTER && entry.action() != HistoryAction.REMOVE;
          if (isOfIt && isVerdict) {
            found.add(entry);
          }
          return found.isEmpty() && !(isOfIt && entry.action() == HistoryAction.REGISTER);
        });
    return found.stream().findFirst();
  }

  /** All changes, newest first. */
  public List<HistoryEntry> history() {
    return history(Integer.MAX_VALUE);
  }

  /** The newest changes, newest first. */
  public List<HistoryEntry> history(int most) {
    List<HistoryEntry> entries = new ArrayList<>();
    visit(
        entry -> {
          entries.add(entry);
          return entries.size() < most;
        });
    return entries;
  }

  /** Those of some versions whose removal is in the history; their files may be there still. */
  Set<Long> removed(Collection<Long> numbers) {
    Set<Long> removed = new HashSet<>();
    Set<Long> open = new HashSet<>(numbers);
    if (!open.isEmpty()) { // a walk for all of them: a history may be long
      visit(
          entry -> {
            boolean isLastOfIt = open.remove(entry.version());
            if (isLastOfIt && entry.action() == HistoryAction.REMOVE) {
              removed.add(entry.version());
            }
            return !open.isEmpty();
          });
    }
    return removed;
  }

  /** Shows the changes, newest first, until the visitor has seen enough. */
  void visit(History.Visitor visitor) {
    try {
      history.visit(visitor);
    } catch (IOException e) {
      throw registry.away(e);
    }
  }

  /** What adds to its history. */
  HistoryWriter writer() {
    return writer;
  }

  /** The folders of runs, each for run.json and the report of one. */
  Location runs() {
    return runs;
  }

  /** The folder for run.json and the report of a run. */
  public String runFolder(String run) {
    return runs.child(run).toString();
  }

  // ---- writing -------------------------------------------------------------------------------

  /**
   * Starts the next version, or continues one that was started.
   *
   * @param notices receives notices of waiting for another run
   * @throws LockedException if another run is making a version
   */
  public Draft begin(Consumer<String> notices) {
    RunLock lock = RunLock.take(versions, notices, timing);
    try {
      registerUnregistered();
      long next = aliases().newest() + 1;
      return new Draft(this, lock, next, folder(next));
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * Makes a version from an existing model folder, which is copied.
   *
   * @param notices receives notices of waiting for another run
   * @throws io.ebmspark.spark.model.ModelException if there is no complete model
   */
  public Version register(
      String folder, Configuration configuration, Change change, Consumer<String> notices) {
    ModelFolder source = new ModelFolder(folder, configuration);
    Model model = source.read();
    try (Draft draft = begin(notices)) {
      Lineage lineage = imported(model, folder);
      draft.plan(lineage);
      Model copy = source.copyTo(draft.modelFolder(), configuration, draft::check);
      if (!copy.config().weightsSha256().equals(model.config().weightsSha256())) {
        throw new RegistryException(folder + " was replaced while being copied; try again");
      }
      return draft.publish(lineage, change);
    }
  }

  private static Lineage imported(Model model, String folder) {
    ModelConfig config = model.config();
    return new Lineage(
        config.provenance().dataFingerprint(),
        Sha256.hex(SettingsWriter.toJson(config.training()).getBytes(StandardCharsets.UTF_8)),
        config.training().seed(),
        Optional.empty(),
        config.provenance().versions(),
        "registered from " + folder);
  }

  /** Registers versions whose runs died between their last two writes. */
  private void registerUnregistered() {
    try {
      long newest = aliases().newest();
      for (long number : numbers()) {
        Optional<Version> version = number > newest ? Version.in(folder(number)) : Optional.empty();
        version.ifPresent(
            found -> register(found, Change.because("").byRun(found.record().lineage().run())));
      }
    } catch (IOException e) {
      throw registry.away(e);
    }
  }

  void register(Version version, Change change) {
    writer.write(
        turn ->
            turn.aliases().newest() >= version.number()
                ? Optional.empty()
                : turn.add(
                    HistoryAction.REGISTER,
                    version.number(),
                    change,
                    turn.aliases().registered(version.number())));
  }

  /**
   * Makes a version the champion. Does nothing if it already is.
   *
   * @return the entry, or empty if nothing was done
   * @throws RegistryException if there is no such version, or it is not intact
   */
  public Optional<HistoryEntry> promote(long number, Change change) {
    requireWhole(number);
    return writer.write(turn -> promote(turn, number, change));
  }

  /**
   * Makes a version the champion, provided that a certain version is the champion now.
   *
   * @param champion the version that must be the champion; empty if there must be none
   * @throws ChampionChangedException if the champion is another version
   */
  public Optional<HistoryEntry> promoteOver(Optional<Long> champion, long number, Change change) {
    requireWhole(number);
    return writer.write(
        turn -> {
          Optional<Long> found = turn.aliases().champion();
          if (!found.equals(champion) && !found.equals(Optional.of(number))) {
            throw new ChampionChangedException(
                "version "
                    + number
                    + " of "
                    + name
                    + " was not promoted: the champion is "
                    + found.map(version -> "version " + version).orElse("no version")
                    + "; expected "
                    + champion.map(version -> "version " + version).orElse("none"));
          }
          return promote(turn, number, change);
        });
  }

  private Optional<HistoryEntry> promote(HistoryWriter.GuardedTurn turn, long number, Change change)
      throws IOException {
    if (turn.aliases().champion().equals(Optional.of(number))) {
      return Optional.empty();
    }
    if (removed(List.of(number)).contains(number)) { // since it was found to be whole
      throw new RegistryException(
          "version " + number + " of " + name + " is being removed as an old one; choose another");
    }
    return turn.add(HistoryAction.PROMOTE, number, change, turn.aliases().promoted(number));
  }

  /** Records that a version was not promoted, and why; it stays the candidate. */
  public HistoryEntry refuse(long number, Change change) {
    version(number);
    return writer
        .write(turn -> turn.add(HistoryAction.REFUSE, number, change, turn.aliases()))
        .orElseThrow();
  }

  /**
   * Makes a former champion the champion again.
   *
   * @param number which version; the previous champion if empty
   * @throws RegistryException if it was never champion, or is not intact
   */
  public HistoryEntry rollback(Optional<Long> number, Change change) {
    Aliases seen = aliases();
    long target = number.or(seen::previous).orElseThrow(() -> nothingBefore(seen));
    requireWhole(target);
    return writer
        .write(
            turn -> {
              Aliases now = turn.aliases();
              if (number.isEmpty() && !now.previous().equals(Optional.of(target))) {
                throw new ChampionChangedException(
                    name + " was changed while being rolled back; see its history and try again");
              }
              if (now.champions().indexOf(target) < 1) {
                throw notFormer(now, target);
              }
              return turn.add(HistoryAction.ROLLBACK, target, change, now.rolledBack(target));
            })
        .orElseThrow();
  }

  private RegistryException nothingBefore(Aliases aliases) {
    return new RegistryException(
        aliases
            .champion()
            .map(
                champion -> name + " has no champion before version " + champion + " to go back to")
            .orElse(name + " has no champion; promote a version"));
  }

  private RegistryException notFormer(Aliases aliases, long number) {
    if (aliases.champion().equals(Optional.of(number))) {
      return new RegistryException(
          "version " + number + " of " + name + " is already the champion");
    }
    List<Long> former = aliases.champions().stream().skip(1).toList();
    return new RegistryException(
        "version "
            + number
            + " of "
            + name
            + " was not in use before the champion, so there is no rolling back to it; promote it"
            + (former.isEmpty()
                ? ""
                : ", or roll back to "
                    + String.join(" or ", former.stream().map(String::valueOf).toList())));
  }

  private void requireWhole(long number) {
    Version version = version(number);
    if (!version.isWhole()) {
      throw new RegistryException(
          "version "
              + number
              + " of "
              + name
              + " is damaged: files in "
              + version.folder()
              + " are missing or changed; choose another");
    }
  }
}
