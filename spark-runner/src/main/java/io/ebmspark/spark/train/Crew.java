package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.ShardRun;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntPredicate;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rpc.IsolatedThreadSafeRpcEndpoint;
import org.apache.spark.rpc.RpcCallContext;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnv;
import org.jspecify.annotations.Nullable;
import scala.PartialFunction;
import scala.runtime.AbstractPartialFunction;
import scala.runtime.BoxedUnit;

/**
 * One Spark job whose tasks stay for many steps: as many as run at once, each with a run of shards.
 * A step is a message out and a message back, where a job of its own would cost some tens of
 * milliseconds more. Where that is much for the driver, vectors travel in slices (see {@link
 * SlicedStep}), which costs two messages more.
 *
 * <p>A crew works as a whole or not at all. If an executor of its members is lost, a shard cannot
 * be read where it was, or not all members find a core, it breaks up, and the step is given to the
 * next crew; totals are functions of the step, so nothing of that shows. For other jobs of the
 * application it makes room once its step is done, so that every crew does at least one, however
 * many jobs there are. A task that fails is rerun by Spark, and the job fails with it if it fails
 * too often.
 */
final class Crew implements AutoCloseable {
  private static final long GLANCE_MILLIS = 200;

  /** Two crews that take turns would else spend their time on being formed. */
  private static final long TENURE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String name = "ebm-crew-" + UUID.randomUUID();
  private final SparkContext context;
  private final int runs;
  private final int processes;
  private final Slicing slicing;
  private final long patienceNanos;
  private final CrewWatch watch = new CrewWatch(name, () -> breakUp(true), this::makeRoom);
  private final RpcEndpointRef endpoint;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "crew-watch");
            thread.setDaemon(true);
            return thread;
          });
  private final JavaFutureAction<Void> job;

  // What follows is guarded by this object.
  private final Map<Integer, Waiting> waiting = new HashMap<>();
  private final List<RpcCallContext> superseded = new ArrayList<>();
  private final Set<Integer> given = new HashSet<>();
  private final Set<String> informed = new HashSet<>();
  private int steps;
  private RunTotals totals = new RunTotals();
  private @Nullable SlicedStep sliced;
  private boolean hasBegun;
  private long number = -1;
  private byte[] order = new byte[0];
  private boolean working;
  private boolean brokenUp;
  private boolean lostExecutor;
  private int coresFound;
  private boolean dismissed;
  private @Nullable Throwable failure;

  /** A member that has nothing to do. */
  private record Waiting(RpcCallContext call, String executor, boolean missesRequest) {}

  /**
   * Forms a crew; its members report when they have started.
   *
   * @param patience how long some members wait for others that find no core
   */
  Crew(
      JavaRDD<RowBlock> shards,
      Broadcast<WorkerSettings> worker,
      List<ShardRun> runs,
      List<String> places,
      Slicing slicing,
      Duration patience) {
    this.context = shards.context();
    this.runs = runs.size();
    this.processes = Math.min(runs.size(), SparkGradients.executors(context));
    this.slicing = slicing;
    this.patienceNanos = patience.toNanos();
    this.endpoint = context.env().rpcEnv().setupEndpoint(name, new Endpoint());
    context.addSparkListener(watch);
    var unused = clock.scheduleWithFixedDelay(this::lookForLeaving, 1, 1, TimeUnit.SECONDS);
    JavaSparkContext java = JavaSparkContext.fromSparkContext(context);
    java.setLocalProperty(CrewWatch.PROPERTY, name);
    try {
      this.job =
          new StandingRuns(shards.rdd(), worker, name, runs, places)
              .toJavaRDD()
              .foreachPartitionAsync(none -> none.forEachRemaining(element -> {}));
    } catch (Throwable e) {
      stopListening();
      throw e;
    } finally {
      java.setLocalProperty(CrewWatch.PROPERTY, null);
    }
  }

  /** Whether this crew does no more work. */
  synchronized boolean isBrokenUp() {
    return brokenUp || dismissed;
  }

  /** Whether it broke up since an executor was lost, or others could not reach it. */
  synchronized boolean hasLostAnExecutor() {
    return lostExecutor;
  }

  /** How many members found a core, if it broke up since others did not; else 0. */
  synchronized int coresFound() {
    return coresFound;
  }

  /**
   * The total over all shards.
   *
   * @return empty if the crew broke up
   */
  Optional<StepTotal> total(StepRequest request) {
    try {
      give(request);
      return await(request.step());
    } finally {
      synchronized (this) {
        working = false;
        order = new byte[0];
        sliced = null;
        steps++;
      }
      if (watch.isSettledFor(TENURE_NANOS)) {
        makeRoom();
      }
    }
  }

  /** Leaves the cores to other jobs that have come, unless a step is worked on. */
  private void makeRoom() {
    boolean isTime;
    synchronized (this) {
      isTime = !working && steps > 0 && watch.hasOthers();
    }
    if (isTime) {
      breakUp(false);
    }
  }

  private void give(StepRequest request) {
    boolean inSlices;
    synchronized (this) {
      number++;
      int slices = slicing.slices(processes, request.parameters().length);
      inSlices = slices > 1;
      sliced = inSlices ? new SlicedStep(request, slices, runs) : null;
      given.clear();
      informed.clear();
      totals = new RunTotals();
      working = true;
      hasBegun = false;
      if (!inSlices) {
        begin(new CrewMessage.Work(request, List.of()));
      }
    }
    if (inSlices) {
      sendSlices();
    } else {
      send(run -> true);
    }
  }

  /** From now on members may compute. */
  private void begin(CrewMessage.Work work) {
    order = CrewMessage.Order.toCompute(number, work).toBytes();
    hasBegun = true;
  }

  private synchronized Optional<StepTotal> await(long step) {
    try {
      while (!isComplete() && !brokenUp) {
        if (failure != null) {
          Crew.<RuntimeException>throwAsIs(failure);
        }
        if (job.isDone()) {
          rethrow();
          brokenUp = true;
        } else if (lacksCores()) {
          breakUp(false);
        } else {
          wait(GLANCE_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted at step " + step, e);
    }
    return isComplete() ? Optional.of(total()) : Optional.empty();
  }

  /**
   * Whether members wait for others that find no core: executors may have been lost before this
   * crew heard of such things, or other jobs stay where they are, or Spark avoids a machine.
   */
  private boolean lacksCores() {
    int atWork = watch.membersAtWork();
    if (atWork >= runs) {
      return false;
    }
    if (SparkGradients.taskSlots(context) < runs) {
      return true;
    }
    boolean isLate = atWork > 0 && watch.isSettledFor(patienceNanos);
    coresFound = isLate ? atWork : 0;
    return isLate;
  }

  private StepTotal total() {
    StepTotal total = totals.only();
    if (sliced != null) {
      total.complete(sliced.gradients());
    }
    return total;
  }

  private synchronized boolean isComplete() {
    return areAllIn() && (sliced == null || sliced.isWhole());
  }

  /** Whether there are totals of all runs; their gradients may be with the executors still. */
  private synchronized boolean areAllIn() {
    return totals.runs().size() == runs;
  }

  /** What made the job fail, if it failed. */
  private void rethrow() throws InterruptedException {
    try {
      job.get();
    } catch (CancellationException e) {
      return; // told by the listener, or by whoever cancelled it
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      Crew.<RuntimeException>throwAsIs(cause == null ? e : cause);
    }
  }

  /** As Spark's own actions throw what is checked in Java and not in Scala. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void throwAsIs(Throwable failure) throws E {
    throw (E) failure;
  }

  /**
   * Gives the order to those who wait for one and whose totals are missing. A process gets the
   * request once, unless it may have been lost with a member that was given it.
   *
   * @param whom the runs whose members may be given it
   */
  private void send(IntPredicate whom) {
    List<RpcCallContext> first = new ArrayList<>();
    List<RpcCallContext> others = new ArrayList<>();
    byte[] sent;
    byte[] shared;
    synchronized (this) {
      IntPredicate isAsked = run -> whom.test(run) && !totals.runs().contains(run);
      waiting.forEach(
          (run, member) -> {
            if (isAsked.test(run)) {
              boolean isFirst = informed.add(member.executor);
              boolean isAgain = !given.add(run) || member.missesRequest;
              boolean takesAll = isFirst || isAgain;
              (takesAll ? first : others).add(member.call);
            }
          });
      waiting.keySet().removeIf(isAsked::test);
      sent = order;
      shared = CrewMessage.Order.toShare(number).toBytes();
    }
    first.parallelStream().forEach(call -> call.reply(sent));
    others.forEach(call -> call.reply(shared));
  }

  /** Gives those who wait the slices that they are to keep, or to join. */
  private void sendSlices() {
    Map<RpcCallContext, CrewMessage.Order> orders = new HashMap<>();
    synchronized (this) {
      SlicedStep step = sliced;
      if (step == null) {
        return; // the step has ended
      }
      waiting
          .entrySet()
          .removeIf(
              member -> {
                CrewMessage.Order due = due(step, member.getKey());
                if (due != null) {
                  orders.put(member.getValue().call, due);
                }
                return due != null;
              });
    }
    orders.entrySet().parallelStream()
        .forEach(order -> order.getKey().reply(order.getValue().toBytes()));
  }

  private CrewMessage.@Nullable Order due(SlicedStep step, int run) {
    if (!hasBegun) {
      Map<Integer, float[]> toKeep = step.toKeep(run);
      return toKeep.isEmpty() ? null : CrewMessage.Order.toKeep(number, toKeep);
    }
    CrewMessage.Joining toJoin = step.toJoin(run);
    return areAllIn() && !toJoin.slices().isEmpty()
        ? CrewMessage.Order.toJoin(number, toJoin)
        : null;
  }

  /** What follows from a report; done without holding this object, since replies take a while. */
  private enum Next {
    NOTHING,
    DISMISS,
    BREAK_UP,
    SEND_SLICES,
    SEND_TO_ALL,
    SEND_TO_REPORTER
  }

  /** A member has reported. */
  private void onReport(CrewMessage.Report report, RpcCallContext call) {
    switch (next(report, call)) {
      case NOTHING -> {}
      case DISMISS -> call.reply(CrewMessage.Order.DISMISSAL.toBytes());
      case BREAK_UP -> breakUp(true);
      case SEND_SLICES -> sendSlices();
      case SEND_TO_ALL -> send(run -> true);
      case SEND_TO_REPORTER -> send(run -> run == report.run());
    }
  }

  private synchronized Next next(CrewMessage.Report report, RpcCallContext call) {
    if (dismissed || brokenUp) {
      return Next.DISMISS;
    }
    boolean isCurrent = working && report.order() == number;
    if (isCurrent) {
      take(report);
    }
    boolean missesRequest = report.answer() == CrewMessage.Answer.MISSES_REQUEST;
    Waiting before = waiting.put(report.run(), new Waiting(call, report.executor(), missesRequest));
    if (before != null) {
      superseded.add(before.call); // by Spark's second attempt at the same task
    }
    boolean isOpen = working && !isComplete();
    boolean begins = false;
    if (isOpen && !hasBegun && sliced != null && sliced.canBegin()) {
      begin(sliced.work());
      begins = true;
    }
    if (isCurrent && report.answer() == CrewMessage.Answer.MISSES_SLICES) {
      return Next.BREAK_UP;
    }
    if (!isOpen) {
      return Next.NOTHING;
    }
    if (!hasBegun || areAllIn()) {
      return Next.SEND_SLICES;
    }
    if (begins) {
      return Next.SEND_TO_ALL;
    }
    boolean hasHandedOver = isCurrent && report.answer() == CrewMessage.Answer.HANDED_OVER;
    if (!totals.runs().contains(report.run()) && !hasHandedOver) {
      return Next.SEND_TO_REPORTER; // in whose process others' totals may wait for it
    }
    // If all wait all the same, whoever was to send others' totals has failed.
    return waiting.size() == runs ? Next.SEND_TO_ALL : Next.NOTHING;
  }

  /** What a report has of the step that is worked on. */
  private void take(CrewMessage.Report report) {
    RunTotals reported = report.totals();
    SliceStore.Kept kept = report.kept();
    boolean isAdded = reported != null && totals.add(reported);
    if (sliced != null) {
      if (kept != null && isAdded) {
        sliced.totalsAreKept(kept);
      } else if (kept != null && reported == null) {
        sliced.parametersAreKept(report.run(), kept);
      }
      sliced.add(report.slices());
    }
    if (isComplete()) {
      notifyAll();
    }
  }

  /**
   * What goes wrong with a report, such as too little memory, ends the step and not only a call.
   */
  private synchronized void fail(Throwable reason) {
    failure = reason;
    notifyAll();
  }

  private void breakUp(boolean lost) {
    List<RpcCallContext> calls;
    synchronized (this) {
      brokenUp = true;
      lostExecutor |= lost;
      calls = dismissable();
      notifyAll();
    }
    dismiss(calls);
  }

  private List<RpcCallContext> dismissable() {
    List<RpcCallContext> calls = new ArrayList<>(superseded);
    waiting.values().forEach(member -> calls.add(member.call));
    superseded.clear();
    waiting.clear();
    return calls;
  }

  private static void dismiss(List<RpcCallContext> calls) {
    byte[] dismissal = CrewMessage.Order.DISMISSAL.toBytes();
    calls.forEach(call -> call.reply(dismissal));
  }

  /** An executor that is to leave waits for its tasks, as other jobs may. */
  private void lookForLeaving() {
    makeRoom();
    for (String executor : watch.executors()) {
      if (context.taskScheduler().getExecutorDecommissionState(executor).isDefined()) {
        breakUp(false);
      }
    }
  }

  /** Dismisses the crew; its cores are free when this returns, unless a member is still busy. */
  @Override
  public void close() {
    boolean inOrder;
    List<RpcCallContext> calls;
    synchronized (this) {
      inOrder = !brokenUp;
      dismissed = true;
      calls = dismissable();
    }
    dismiss(calls);
    try {
      job.get(inOrder ? 5_000 : 500, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException | CancellationException e) {
      job.cancel(true);
    } catch (InterruptedException e) {
      job.cancel(true);
      Thread.currentThread().interrupt();
    }
    stopListening();
  }

  private void stopListening() {
    clock.shutdownNow();
    context.removeSparkListener(watch);
    context.env().rpcEnv().stop(endpoint);
  }

  /** Takes the members' calls. */
  private final class Endpoint implements IsolatedThreadSafeRpcEndpoint {
    @Override
    public RpcEnv rpcEnv() {
      return context.env().rpcEnv();
    }

    @Override
    public PartialFunction<Object, BoxedUnit> receiveAndReply(RpcCallContext call) {
      return new AbstractPartialFunction<>() {
        @Override
        public boolean isDefinedAt(@Nullable Object message) {
          return message instanceof byte[];
        }

        @Override
        public BoxedUnit apply(Object message) {
          try {
            onReport(CrewMessage.Report.read((byte[]) message), call);
          } catch (RuntimeException | Error e) {
            fail(e);
            call.sendFailure(e);
          }
          return BoxedUnit.UNIT;
        }
      };
    }
  }
}
