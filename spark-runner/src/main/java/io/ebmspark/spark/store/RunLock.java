package io.ebmspark.spark.store;

import io.ebmspark.core.failure.FirstLine;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;

/**
 * The right to write to an output: a folder of claims beside it, one file each, which the holder
 * renews every few seconds.
 *
 * <p>A run that wants it first looks: if a claim is being renewed, the lock is held; if no claim
 * changes for a while, their runs are dead. It then <em>writes a claim of its own and looks
 * again</em>. Only if there is no claim but the dead ones, unchanged, does it own the lock, and it
 * removes the dead claims; otherwise it withdraws its claim and starts again after a random delay.
 * Of two that come at once, the later one's second look sees the earlier one's claim: both may give
 * way, but never can both pass. This needs no exclusive creation, no renaming and no common clock,
 * only that a listing shows every file whose writing ended before the listing began, as local file
 * systems, HDFS and today's object stores do.
 *
 * <p>A claim is renewed by writing another file; the previous one stays for one more beat, so that
 * no listing can miss both. A holder trusts its claim for a lease shorter than others watch. After
 * that (it slept, or the file system was unreachable) it must renew first, and it has lost the lock
 * if its claim is gone or another's is beside it.
 */
public final class RunLock implements AutoCloseable {
  private final Claims claims;
  private final String output;
  private final Timing timing;
  private final ScheduledExecutorService heart;
  private final String self;
  private Claim claim;
  private long renewed;
  private boolean lost;

  /**
   * How often a claim is renewed, how long it is trusted, and how long others watch it.
   *
   * @param lease shorter than {@code watch}, by more than clocks differ in their rate
   */
  public record Timing(Duration beat, Duration lease, Duration watch) {
    /** What all runs that may meet use. */
    public static final Timing USUAL =
        new Timing(Duration.ofSeconds(4), Duration.ofSeconds(12), Duration.ofSeconds(15));
  }

  private RunLock(
      Claims claims, String output, Timing timing, String self, Claim claim, long renewed)
      throws IOException {
    this.claims = claims;
    this.output = output;
    this.timing = timing;
    this.self = self;
    this.claim = claim;
    this.renewed = renewed;
    renew(); // watchers need not wait for the first beat
    this.heart =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "run-lock");
              thread.setDaemon(true);
              return thread;
            });
    long millis = timing.beat().toMillis();
    var unused = heart.scheduleWithFixedDelay(this::beat, millis, millis, TimeUnit.MILLISECONDS);
  }

  /**
   * Takes the lock of an output.
   *
   * @param notices hears of waiting, and of taking over
   * @throws LockedException if a living run holds it
   * @throws StorageException if nothing can be written there
   */
  public static RunLock take(String output, Configuration configuration, Consumer<String> notices) {
    return take(Location.of(output, configuration), notices, Timing.USUAL);
  }

  /**
   * Takes the lock of an output.
   *
   * @param notices receives notices of waiting and of taking over
   * @param timing of all runs that may want it
   * @throws LockedException if a living run holds it
   * @throws StorageException if nothing can be written there
   */
  public static RunLock take(Location output, Consumer<String> notices, Timing timing) {
    Location folder = output.beside(".lock");
    Claims claims = new Claims(folder.storage(), folder.path());
    try {
      LockWatch watch = new LockWatch(claims, output.toString(), notices, timing);
      watch.waitForEarlierRelease();
      String self = Holder.self().toJson();
      for (int attempt = 0; ; attempt++) {
        Set<Claim> dead = watch.waitForDeath();
        Claim own = Claim.fresh();
        long begun = System.nanoTime();
        claims.write(own, self);
        Set<Claim> others = claims.all();
        boolean seen = others.remove(own);
        if (seen && others.equals(dead)) {
          for (Claim claim : dead) {
            claims.remove(claim);
          }
          return new RunLock(claims, output.toString(), timing, self, own, begun);
        }
        claims.remove(own);
        LockWatch.pause(ThreadLocalRandom.current().nextLong(5, 20L << Math.min(attempt, 6)));
      }
    } catch (IOException e) {
      throw StorageException.besides(output, e);
    }
  }

  private void beat() {
    try {
      synchronized (this) {
        if (!lost) {
          renew();
        }
      }
    } catch (IOException | RuntimeException e) {
      // The file system is unreachable. The lease runs until it ends; the next beat may renew it.
    }
  }

  /** Writes the next claim and checks that nobody came in between. */
  private synchronized void renew() throws IOException {
    long begun = System.nanoTime();
    Claim next = claim.next();
    claims.write(next, self);
    Set<Claim> now = claims.all();
    boolean others = now.stream().anyMatch(found -> !found.token().equals(claim.token()));
    // Within the lease nobody can have watched for long enough: others are about to give way.
    if (!now.contains(claim) || (others && isExpired())) {
      lost = true;
      claims.remove(next);
      return;
    }
    for (Claim found : now) {
      if (found.token().equals(claim.token()) && found.beat() < claim.beat()) {
        claims.remove(found);
      }
    }
    claim = next;
    renewed = begun;
  }

  private boolean isExpired() {
    return System.nanoTime() - renewed >= timing.lease().toNanos();
  }

  /**
   * Makes sure that the lock is still held; asked before anything is written.
   *
   * @throws LockedException if another run took it over
   * @throws StorageException if that cannot be known, since the file system has been unreachable
   *     for longer than others watch
   */
  public synchronized void check() {
    boolean expired = isExpired();
    try {
      if (!lost && expired) {
        renew();
      } else if (!lost) {
        lost = !claims.all().contains(claim);
      }
    } catch (IOException e) {
      if (expired) {
        throw new StorageException(
            "it cannot be told whether " + output + " is still this run's: " + FirstLine.of(e), e);
      }
      // Within the lease it is; the write that follows meets the same file system.
    }
    if (lost) {
      throw new LockedException(
          "another run took over " + output + " while this one was suspended");
    }
  }

  @Override
  public void close() {
    heart.shutdown();
    try {
      if (heart.awaitTermination(5, TimeUnit.SECONDS)) {
        giveBack();
      }
    } catch (IOException e) {
      // It is left behind, and the next run takes it over after a while.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void giveBack() throws IOException {
    for (Claim found : claims.all()) {
      if (found.token().equals(claim.token())) {
        claims.remove(found);
      }
    }
    claims.storage().deleteOne(claims.folder());
  }
}
