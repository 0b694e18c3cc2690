package io.ebmspark.spark.train;

import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/**
 * What the members of a crew that are tasks of one process share: the newest request, sent to one
 * and read by all, and their totals, joined here and sent by the one that finishes last.
 *
 * <p>Nothing is lost if a member fails: totals that nobody was left to send stay until one of those
 * they are of is asked again.
 */
final class CrewProcess {
  private static final long PATIENCE_MILLIS = 10_000;
  private static final Map<String, CrewProcess> CREWS = new HashMap<>();

  private int members;
  private long requested = -1;
  private @Nullable StepRequest request;

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

  /** The request of an order; null if another member was to receive it, and never does. */
  synchronized @Nullable StepRequest request(CrewMessage.Order ofOrder)
      throws InterruptedException {
    Broadcast<byte[]> broadcast = ofOrder.broadcast();
    if (ofOrder.request() != null) {
      put(ofOrder.number(), ofOrder.request());
    } else if (broadcast != null && requested != ofOrder.number()) {
      put(ofOrder.number(), CrewMessage.Order.read(broadcast.value()).request());
    }
    long until = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (requested != ofOrder.number()) {
      long left = until - System.currentTimeMillis();
      if (left <= 0) {
        return null;
      }
      wait(left);
    }
    return request;
  }

  private void put(long number, @Nullable StepRequest sent) {
    requested = number;
    request = sent;
    notifyAll();
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
