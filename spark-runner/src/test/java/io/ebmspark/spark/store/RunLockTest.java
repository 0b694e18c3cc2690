package io.ebmspark.spark.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.settings.SettingsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RunLockTest {
  private static final RunLock.Timing TIMING = RunLockContender.TIMING;

  @TempDir Path folder;
  private final List<String> notices = new CopyOnWriteArrayList<>();
  private final List<ContenderProcess> contenders = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    FaultyFileSystem.heal();
    contenders.forEach(contender -> contender.process().destroyForcibly());
  }

  private RunLock take(String output, RunLock.Timing timing) {
    return RunLock.take(
        Location.of(output, FaultyFileSystem.configuration()), notices::add, timing);
  }

  /** A dead process of this machine. */
  private static Holder deadHere() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    Holder self = Holder.self();
    return new Holder(self.host(), self.machine(), process.pid(), self.user(), self.since());
  }

  private static Holder elsewhere() {
    return new Holder("another-host", Optional.empty(), 1, "someone", "2026-01-01T00:00:00Z");
  }

  private static void leave(String output, Holder holder) throws IOException {
    Location lock = Location.of(output, FaultyFileSystem.configuration()).beside(".lock");
    lock.storage().write(lock.child(Claim.fresh().fileName()).path(), holder.toJson());
  }

  /** Another process that goes for the same locks. */
  private static ContenderProcess contender(Path evidence, Path log) throws IOException {
    return ContenderProcess.start(RunLockContender.class, log, evidence.toString());
  }

  /** Where numbers have digits of their own, such as Egypt, claims are named as elsewhere. */
  @Test
  void aClaimIsFoundUnderAnyLocale() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      Claim claim = Claim.fresh().next();
      assertThat(Claim.of(claim.fileName())).contains(claim);
    } finally {
      Locale.setDefault(before);
    }
  }

  /**
   * What came of some races.
   *
   * @param both how often one took a lock and its earlier holder went on, believing to hold it
   * @param lost how often a holder was told that its lock was lost: a machine that stands still for
   *     longer than the short lease of these tests loses it, as it should
   */
  private record Races(int count, int both, int none, int lost) {
    Races plus(Races other) {
      return new Races(
          count + other.count, both + other.both, none + other.none, lost + other.lost);
    }

    void assertOneHolderEach() {
      assertThat(both).as("two held a lock").isZero();
      assertThat(none).as("none held a lock").isZero();
      assertThat(lost).as("lost in %d races", count).isLessThanOrEqualTo(1 + count / 20);
    }
  }

  /** Several tracks of races at once: they mostly watch and wait. */
  private Races races(int tracks, int count, int processes, String prefix) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(tracks);
    try {
      List<Future<Races>> running = new ArrayList<>();
      for (int track = 0; track < tracks; track++) {
        String name = "track" + track;
        running.add(threads.submit(() -> races(count / tracks, processes, prefix, name)));
      }
      Races all = new Races(0, 0, 0, 0);
      for (Future<Races> track : running) {
        all = all.plus(track.get());
      }
      return all;
    } finally {
      threads.shutdownNow();
    }
  }

  /** Races for the lock of a dead run, one after another. */
  private Races races(int count, int processes, String prefix, String track) throws Exception {
    Path evidence = Files.createDirectories(folder.resolve("evidence-" + track));
    List<ContenderProcess> contenders = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      Path log = folder.resolve(track + "-contender" + i + ".log");
      contenders.add(contender(evidence, log));
    }
    this.contenders.addAll(contenders);
    int both = 0;
    int none = 0;
    int lost = 0;
    for (int race = 0; race < count; race++) {
      String output = prefix + track + "-race" + race;
      switch (race % 3) {
        case 0 -> leave(output, deadHere()); // taken over at once
        case 1 -> leave(output, elsewhere()); // taken over when all have watched long enough
        default -> { // nobody holds it
        }
      }
      for (ContenderProcess contender : contenders) {
        contender.orders().println(output + " race" + race);
      }
      List<ContenderProcess> holders = new ArrayList<>();
      int beside = 0;
      for (ContenderProcess contender : contenders) {
        String answer = contender.answer();
        if (answer.equals("HOLDS")) {
          holders.add(contender);
        } else if (answer.equals("BOTH")) {
          beside++;
        } else {
          assertThat(answer).isEqualTo("HELD");
        }
      }
      none += holders.isEmpty() ? 1 : 0;
      for (ContenderProcess holder : holders) {
        holder.orders().println("let go");
        String answer = holder.answer();
        assertThat(answer).isIn("DONE", "HELD");
        if (answer.equals("HELD")) {
          lost++;
        } else {
          both += beside;
        }
      }
    }
    return new Races(count, both, none, lost);
  }

  @Tag("long")
  @Test
  void oneOfManyProcessesGetsADeadRunsLock() throws Exception {
    races(3, 9, 3, folder + "/").assertOneHolderEach();
  }

  @Test
  @Tag("long")
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void oneOfManyProcessesGetsADeadRunsLockInHundredsOfRaces() throws Exception {
    races(4, 240, 4, folder + "/").assertOneHolderEach();
    System.out.println("RACES local 240, two held 0");
  }

  @Test
  @Tag("long")
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void oneOfManyProcessesGetsItWhereFilesAreMovedByCopying() throws Exception {
    races(4, 120, 4, "copying://" + folder + "/").assertOneHolderEach();
    System.out.println("RACES copying 120, two held 0");
  }

  @Test
  @Tag("long")
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void oneOfManyProcessesGetsItOnHdfs() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
    try (MiniDFSCluster hdfs = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build()) {
      hdfs.waitActive();
      URI uri = hdfs.getURI();
      races(4, 120, 4, uri + "/models/").assertOneHolderEach();
      System.out.println("RACES hdfs 120, two held 0");
    }
  }

  @Test
  void theLockLeavesNothingBehind() throws IOException {
    RunLock lock = take(folder + "/model", TIMING);
    assertThat(folder.resolve("model.lock")).isDirectory();
    lock.check();
    lock.close();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
    take(folder + "/model", TIMING).close();
  }

  @Test
  void aLivingRunIsNamedAndKeepsItsLock() {
    try (RunLock held = take(folder + "/model", TIMING)) {
      assertThatThrownBy(() -> take(folder + "/model", TIMING))
          .isInstanceOf(LockedException.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid() + " of ")
          .hasMessageContaining(" since 20");
      held.check();
    }
  }

  /** A claim is listed before its text is in it, as a slow disc shows: any of a run's names it. */
  @Test
  void aRunIsNamedWhileItsNewestClaimIsBeingWritten() throws IOException {
    Location output = Location.of(folder + "/model", FaultyFileSystem.configuration());
    Location lock = output.beside(".lock");
    Claims claims = new Claims(lock.storage(), lock.path());
    Claim first = Claim.fresh();
    claims.write(first, "");
    Consumer<String> renewing =
        notice -> {
          try {
            claims.write(first, Holder.self().toJson());
            claims.write(first.next(), "");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    assertThatThrownBy(() -> RunLock.take(output, renewing, TIMING))
        .isInstanceOf(LockedException.class)
        .hasMessageContaining("process " + ProcessHandle.current().pid() + " of ");
  }

  /** A process that slept for longer than others watch finds that it no longer holds the lock. */
  @Test
  void aSleeperThatWasTakenOverIsTold() throws Exception {
    RunLock sleeper = take(folder + "/model", withoutBeats(TIMING));
    try (RunLock next = take(folder + "/model", TIMING)) {
      assertThat(notices).anyMatch(text -> text.contains("which no longer renews it"));
      assertThatThrownBy(sleeper::check)
          .isInstanceOf(LockedException.class)
          .hasMessageContaining("took over");
      sleeper.close();
      next.check();
    }
  }

  /** The next run came, worked and left while it slept: the place is free, but not its own. */
  @Test
  void aSleeperIsToldEvenWhereNobodyHoldsItAnyMore() {
    RunLock sleeper = take(folder + "/model", withoutBeats(TIMING));
    take(folder + "/model", TIMING).close();
    assertThatThrownBy(sleeper::check).isInstanceOf(LockedException.class);
    assertThatThrownBy(sleeper::check).isInstanceOf(LockedException.class);
    sleeper.close();
    take(folder + "/model", TIMING).close();
  }

  @Test
  void aSleeperThatNobodyTookOverGoesOn() throws InterruptedException {
    try (RunLock sleeper = take(folder + "/model", withoutBeats(TIMING))) {
      Thread.sleep(TIMING.lease().toMillis() + 200);
      sleeper.check();
    }
  }

  /** No heartbeat succeeds: past its lease the holder no longer trusts its claim. */
  @Test
  void missedBeatsCountAsLost() throws InterruptedException {
    try (RunLock lock = take("faulty://" + folder + "/model", TIMING)) {
      lock.check();
      FaultyFileSystem.left = 0;
      Thread.sleep(TIMING.watch().toMillis() + 200);
      assertThatThrownBy(lock::check).isInstanceOf(StorageException.class);
      FaultyFileSystem.heal();
      lock.check();
    }
  }

  private static RunLock.Timing withoutBeats(RunLock.Timing timing) {
    return new RunLock.Timing(Duration.ofDays(1), timing.lease(), timing.watch());
  }

  /** The lock file of release 0.1, its process dead, or living as far as can be seen. */
  @Test
  void theLockOfAnEarlierReleaseIsUnderstood() throws Exception {
    Path lock = folder.resolve("model.lock");
    Path kept =
        Path.of(
            RunLockTest.class
                .getResource("/io/ebmspark/release-0.1/interrupted/model.lock")
                .toURI());
    Files.copy(kept, lock);
    take(folder + "/model", TIMING).close();
    assertThat(notices).anyMatch(text -> text.contains("of an earlier release"));
    assertThat(lock).doesNotExist();

    String text = Files.readString(kept);
    Files.writeString(lock, text);
    Thread living =
        new Thread(
            () -> {
              for (int beat = 2; beat < 100; beat++) {
                try {
                  Files.writeString(lock, text.replace("\"beats\" : 1", "\"beats\" : " + beat));
                  Thread.sleep(100);
                } catch (IOException | InterruptedException e) {
                  return;
                }
              }
            });
    living.start();
    try {
      assertThatThrownBy(() -> take(folder + "/model", TIMING))
          .isInstanceOf(LockedException.class)
          .hasMessageContaining("process 10745 of root on vm");
    } finally {
      living.interrupt();
      living.join();
    }
    assertThat(lock).isRegularFile();
  }

  /** Containers that share a host name, and users, cannot always see each other's processes. */
  @Test
  void aProcessOfAnotherMachineOrUserIsNeverKnownDead() throws Exception {
    Holder dead = deadHere();
    assertThat(dead.isKnownDead()).isTrue();
    assertThat(with(dead, Optional.of("other"), dead.user()).isKnownDead()).isFalse();
    assertThat(with(dead, Optional.empty(), dead.user()).isKnownDead()).isFalse();
    assertThat(with(dead, dead.machine(), "another").isKnownDead()).isFalse();
    assertThat(Holder.parse(SettingsWriter.toJson(dead))).contains(dead);
  }

  private static Holder with(Holder holder, Optional<String> machine, String user) {
    return new Holder(holder.host(), machine, holder.process(), user, holder.since());
  }
}
