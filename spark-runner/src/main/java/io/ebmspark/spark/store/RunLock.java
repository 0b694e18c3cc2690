package io.ebmspark.spark.store;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The right to write to an output folder: a file beside it, whose holder rewrites it every few
 * seconds.
 *
 * <p>A run that was killed leaves its lock behind. Whoever comes next watches it: if it is not
 * rewritten for a while, its holder is dead, and the lock is taken over. No two clocks are
 * compared. A holder that was only asleep finds at its next beat that the lock is another's, and
 * must stop.
 */
public final class RunLock implements AutoCloseable {
  private static final Duration BEAT = Duration.ofSeconds(4);
  private static final Duration WATCH = Duration.ofSeconds(15);

  private final FileSystem files;
  private final Path file;
  private final Holder self;
  private final ScheduledExecutorService heart;
  private long beats;
  private volatile boolean lost;

  /** Who holds a lock. */
  record Holder(
      @Setting("a name no other holder has") String token,
      @Setting("the host it runs on") String host,
      @Setting("its process on that host") long process,
      @Setting("the user it runs as") String user,
      @Setting("when it took the lock, UTC") String since,
      @Setting("how often it has rewritten this") long beats) {

    static Holder self() {
      return new Holder(
          UUID.randomUUID().toString(),
          hostName(),
          ProcessHandle.current().pid(),
          System.getProperty("user.name", "?"),
          Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
          0);
    }

    Holder beaten(long count) {
      return new Holder(token, host, process, user, since, count);
    }

    /** Only of a process on this very host can be said at once that it is no more. */
    boolean isKnownDead() {
      return host.equals(hostName()) && ProcessHandle.of(process).isEmpty();
    }

    String describe() {
      return "process " + process + " of " + user + " on " + host + " since " + since;
    }

    private static String hostName() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        return "localhost";
      }
    }
  }

  private RunLock(FileSystem files, Path file) throws IOException {
    this.files = files;
    this.file = file;
    this.self = Holder.self();
    create();
    this.heart =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "run-lock");
              thread.setDaemon(true);
              return thread;
            });
    heart.scheduleAtFixedRate(this::beat, BEAT.toMillis(), BEAT.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Takes the lock of an output folder.
   *
   * @param notices is told of waiting, and of taking over
   * @throws LockedException if a living run holds it
   * @throws StorageException if nothing can be written there
   */
  public static RunLock take(String output, Configuration configuration, Consumer<String> notices) {
    Path file = new Path(output + ".lock");
    try {
      FileSystem files = file.getFileSystem(configuration);
      Optional<Holder> holder = holder(files, file);
      if (files.exists(file)) {
        waitForDeath(files, file, holder, output, notices);
        files.delete(file, false);
      } else if (file.getParent() != null) {
        files.mkdirs(file.getParent());
      }
      return new RunLock(files, file);
    } catch (IOException e) {
      throw new StorageException(
          "nothing can be written beside " + output + ": " + FirstLine.of(e), e);
    }
  }

  private static void waitForDeath(
      FileSystem files, Path file, Optional<Holder> holder, String output, Consumer<String> notices)
      throws IOException {
    String who = holder.map(Holder::describe).orElse("an unknown process");
    if (holder.isPresent() && holder.get().isKnownDead()) {
      notices.accept("taking over the lock of " + who + ", which is no more");
      return;
    }
    notices.accept(
        output + " is held by " + who + "; watching for " + WATCH.toSeconds() + " s if it lives");
    long end = System.nanoTime() + WATCH.toNanos();
    while (System.nanoTime() < end) {
      try {
        Thread.sleep(500);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while watching the lock", e);
      }
      Optional<Holder> now = holder(files, file);
      if (now.isPresent() && !now.equals(holder)) {
        throw new LockedException(
            output
                + " is held by another run: "
                + now.get().describe()
                + "; wait for it to end, or choose another output.model");
      }
    }
    notices.accept("taking over the lock of " + who + ", which no longer moves");
  }

  /** Who holds it; empty where nobody does, or it is just being written. */
  private static Optional<Holder> holder(FileSystem files, Path file) throws IOException {
    try (InputStream in = files.open(file)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Optional.of(
          SettingsBinder.bind(SettingsTree.parse(file.toString(), text), Holder.class));
    } catch (FileNotFoundException | SettingsException e) {
      return Optional.empty();
    }
  }

  /** Fails where the file is there: of two who come at once, one gets it. */
  private void create() throws IOException {
    try (FSDataOutputStream out = files.create(file, false)) {
      out.write(SettingsWriter.toJson(self).getBytes(StandardCharsets.UTF_8));
    }
  }

  private void beat() {
    try {
      Optional<Holder> now = holder(files, file);
      if (now.isPresent() && !now.get().token().equals(self.token())) {
        lost = true;
        return;
      }
      String text = SettingsWriter.toJson(self.beaten(++beats));
      try (FSDataOutputStream out = files.create(file, true)) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException | RuntimeException e) {
      // The file system is away: nobody else can take the lock there either. The next beat tells.
    }
  }

  /**
   * Makes sure that the lock is still held; asked before anything is written.
   *
   * @throws LockedException if another run took it over
   */
  public void check() {
    if (lost) {
      throw new LockedException(
          "another run took over the lock " + file + " while this one stood still");
    }
  }

  @Override
  public void close() {
    heart.shutdownNow();
    try {
      if (heart.awaitTermination(5, TimeUnit.SECONDS) && !lost) {
        files.delete(file, false);
      }
    } catch (IOException e) {
      // It is left behind, and taken over by the next run after a while.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
