package io.ebmspark.spark.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;

/** Watches whether others' claims are renewed. */
final class LockWatch {
  private final Claims claims;
  private final String output;
  private final Consumer<String> notices;
  private final RunLock.Timing timing;
  private final Map<String, Holder> holders = new HashMap<>();

  LockWatch(Claims claims, String output, Consumer<String> notices, RunLock.Timing timing) {
    this.claims = claims;
    this.output = output;
    this.notices = notices;
    this.timing = timing;
  }

  /** Claims that no living run holds, or none; throws if a living one does. */
  Set<Claim> waitForDeath() throws IOException {
    Set<Claim> seen = claims.all();
    boolean told = false;
    long since = System.nanoTime();
    while (!seen.isEmpty()) {
      if (allKnownDead(seen)) {
        notices.accept("taking over the lock of " + describe(seen) + ", which is dead");
        return seen;
      }
      if (System.nanoTime() - since > timing.watch().toNanos()) {
        notices.accept("taking over the lock of " + describe(seen) + ", which no longer renews it");
        return seen;
      }
      if (!told) {
        notices.accept(watching(describe(seen)));
        told = true;
      }
      pause(pollMillis());
      Set<Claim> now = claims.all();
      Map<String, Long> before = newest(seen);
      for (Claim claim : now) {
        if (before.getOrDefault(claim.token(), Long.MAX_VALUE) < claim.beat()) {
          throw held(describe(ofRun(claim.token(), now)));
        }
      }
      if (!now.equals(seen)) {
        seen = now;
        since = System.nanoTime();
      }
    }
    return seen;
  }

  private static Set<Claim> ofRun(String token, Set<Claim> claims) {
    return claims.stream().filter(claim -> claim.token().equals(token)).collect(Collectors.toSet());
  }

  private static Map<String, Long> newest(Set<Claim> claims) {
    Map<String, Long> newest = new HashMap<>();
    claims.forEach(claim -> newest.merge(claim.token(), claim.beat(), Math::max));
    return newest;
  }

  private boolean allKnownDead(Set<Claim> seen) {
    for (Claim claim : seen) {
      if (holder(claim).filter(Holder::isKnownDead).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Who made a claim. It is remembered by the run's token, since the newest file may be one that is
   * being written or is gone when it is opened.
   */
  private Optional<Holder> holder(Claim claim) {
    if (!holders.containsKey(claim.token())) {
      claims.holder(claim).ifPresent(holder -> holders.put(claim.token(), holder));
    }
    return Optional.ofNullable(holders.get(claim.token()));
  }

  private String describe(Set<Claim> seen) {
    Set<String> known = new HashSet<>();
    for (Claim claim : seen) {
      holder(claim).map(Holder::describe).ifPresent(known::add);
    }
    return known.isEmpty()
        ? "an unknown process"
        : known.stream().sorted().collect(Collectors.joining(" and "));
  }

  /** A run of release 0.1 has a file in place of today's folder, and rewrites it. */
  void waitForEarlierRelease() throws IOException {
    Optional<String> first = earlier();
    if (first.isEmpty()) {
      return;
    }
    String who =
        Holder.parseEarlier(first.get()).map(Holder::describe).orElse("an unknown process");
    notices.accept(watching(who));
    long since = System.nanoTime();
    while (System.nanoTime() - since <= timing.watch().toNanos()) {
      pause(pollMillis());
      Optional<String> now = earlier();
      if (now.isEmpty()) {
        return;
      }
      // What was read first may have been half of it.
      Optional<Holder> living = Holder.parseEarlier(now.get());
      if (!now.equals(first) && living.isPresent()) {
        throw held(living.get().describe());
      }
    }
    notices.accept("taking over the lock of " + who + ", of an earlier release");
    claims.storage().deleteOne(claims.folder());
  }

  private Optional<String> earlier() throws IOException {
    Optional<FileStatus> status = claims.storage().status(claims.folder());
    if (status.isEmpty() || status.get().isDirectory()) {
      return Optional.empty();
    }
    try {
      return Optional.of(claims.storage().text(claims.folder()));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  private String watching(String who) {
    return output
        + " is held by "
        + who
        + "; watching for "
        + timing.watch().toSeconds()
        + " s whether it is alive";
  }

  private LockedException held(String who) {
    return new LockedException(
        output
            + " is held by another run: "
            + who
            + "; wait for it to end, or choose another output");
  }

  private long pollMillis() {
    return Math.min(500, timing.beat().toMillis());
  }

  static void pause(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while watching the lock", e);
    }
  }
}
