package io.ebmspark.spark.train;

import io.ebmspark.core.training.StepTotal;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the members of a crew that are tasks of one process share: the newest step, sent to one and
 * read by all, and their totals, joined here and sent by the one that finishes last.
 *
 * <p>Nothing is lost if a member fails: totals that nobody was left to send stay until one of those
 * they are of is asked again.
 */
final class CrewProcess {
  private static final long PATIENCE_MILLIS = 10_000;
  private static final Map<String, CrewProcess> CREWS = new HashMap<>();

  private int members;
  private long shared = -1;
  private CrewMessage.@Nullable Work work;

  private long order = -1;
  private int atWork;
  private RunTotals totals = new RunTotals();

  /** What members of this crew share here; each leaves once. */
  static CrewProcess join(String crew) {
    synchronized (CREWS) {
      CrewProcess process = CREWS.computeIfAbsent(crew, name -> new CrewProcess());
      process.members++;
      return process;
    }
  }

  void leave(String crew) {
    synchronized (CREWS) {
      members--;
      if (members == 0) {
        CREWS.remove(crew);
      }
    }
  }

  /**
   * The work of an order.
   *
   * @param sent what this member was sent; null if another is
   * @return null if another member was to receive it, and never does
   */
  synchronized CrewMessage.@Nullable Work work(long number, CrewMessage.@Nullable Work sent)
      throws InterruptedException {
    if (sent != null) {
      shared = number;
      work = sent;
      notifyAll();
    }
    long until = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (shared != number) {
      long left = until - System.currentTimeMillis();
      if (left <= 0) {
        return null;
      }
      wait(left);
    }
    return work;
  }

  /** Whoever was to receive the work of an order could not; nobody is to wait for it. */
  synchronized void misses(long number) {
    if (shared != number) {
      shared = number;
      work = null;
      notifyAll();
    }
  }

  /**
   * A member begins to work on an order.
   *
   * @return whether its total is still here, since it has done so before
   */
  synchronized boolean begin(long number, int run) {
    if (number > order) {
      order = number;
      atWork = 0;
      totals = new RunTotals();
    }
    if (number == order) {
      atWork++;
    }
    return number == order && totals.runs().contains(run);
  }

  /**
   * A member has finished.
   *
   * @param total null if it has none to add
   * @return what it is to send: all totals that are here if it is the last at work, else null
   */
  synchronized @Nullable RunTotals end(long number, int run, @Nullable StepTotal total) {
    if (number != order) {
      return total == null ? null : RunTotals.of(run, total);
    }
    atWork--;
    if (total != null) {
      totals.add(run, total);
    }
    if (atWork > 0 || totals.runs().isEmpty()) {
      return null;
    }
    RunTotals sent = totals;
    totals = new RunTotals();
    return sent;
  }

  /** A member has failed. */
  synchronized void abandon(long number) {
    if (number == order) {
      atWork--;
    }
  }
}
