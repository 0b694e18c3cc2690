package io.ebmspark.spark.train;

import io.ebmspark.core.data.FloatArrays;
import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcTimeout;
import org.apache.spark.util.RpcUtils;
import org.jspecify.annotations.Nullable;
import scala.concurrent.Await;
import scala.concurrent.Future;
import scala.concurrent.duration.Duration;
import scala.concurrent.duration.FiniteDuration;
import scala.reflect.ClassTag;

/**
 * A task that stays: it asks the driver for a step, computes its run's total, and answers it with
 * the next question, unless another task of its process is to send both totals as one. It opens no
 * port, and speaks to the driver as Spark's own executors do.
 *
 * <p>Where vectors travel in slices it first keeps its slice of the parameters for others, fetches
 * theirs, keeps its total in slices too, and is then asked to join one slice of all totals.
 */
final class CrewMember {
  private static final ClassTag<byte[]> BYTES = ClassTag.apply(byte[].class);

  /** Between steps the driver may take its time: a validation, a checkpoint. */
  private static final RpcTimeout PATIENCE =
      new RpcTimeout(new FiniteDuration(7, TimeUnit.DAYS), "none");

  private static final Duration GLANCE = Duration.create(1, TimeUnit.SECONDS);

  private final String crew;
  private final int run;
  private final TaskContext task;
  private final SliceStore store;
  private long newest = -1;

  CrewMember(String crew, int run, TaskContext task, SliceStore store) {
    this.crew = crew;
    this.run = run;
    this.task = task;
    this.store = store;
  }

  /**
   * Serves until the crew is dismissed.
   *
   * @param totals computes the total of its run in a step
   */
  void serve(Function<StepRequest, StepTotal> totals) {
    SparkEnv env = SparkEnv.get();
    RpcEndpointRef driver = RpcUtils.makeDriverRef(crew, env.conf(), env.rpcEnv());
    CrewProcess process = CrewProcess.join(crew);
    try {
      CrewMessage.Report report = report(-1, CrewMessage.Answer.READY);
      while (true) {
        CrewMessage.Order order = CrewMessage.Order.read(ask(driver, report.toBytes()));
        if (order.isDismissal()) {
          return;
        }
        report = answer(process, order, totals);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted");
    } finally {
      store.clear();
      process.leave(crew);
    }
  }

  private CrewMessage.Report answer(
      CrewProcess process, CrewMessage.Order order, Function<StepRequest, StepTotal> totals)
      throws InterruptedException {
    if (order.number() > newest) {
      newest = order.number();
      store.clear();
    }
    if (order.toKeep() != null) {
      return kept(order.number(), order.toKeep());
    }
    if (order.toJoin() != null) {
      return joined(order.number(), order.toJoin());
    }
    return computed(process, order, totals);
  }

  private CrewMessage.Report computed(
      CrewProcess process, CrewMessage.Order order, Function<StepRequest, StepTotal> totals)
      throws InterruptedException {
    long number = order.number();
    boolean isDone = process.begin(number, run);
    boolean hasEnded = false;
    try {
      CrewMessage.Work sent = order.work();
      if (sent != null) {
        sent = whole(sent);
        if (sent == null) {
          process.misses(number);
          return report(number, CrewMessage.Answer.MISSES_SLICES);
        }
      }
      CrewMessage.Work work = process.work(number, sent);
      StepTotal total = null;
      if (work != null && !isDone) {
        total = totals.apply(work.request());
      }
      hasEnded = true;
      RunTotals ended = process.end(number, run, total);
      if (work == null) {
        return report(number, CrewMessage.Answer.MISSES_REQUEST); // as all others here
      }
      return ended == null
          ? report(number, CrewMessage.Answer.HANDED_OVER)
          : answerWith(ended, number, work.parameters().size());
    } finally {
      if (!hasEnded) {
        process.abandon(number);
      }
    }
  }

  /** Totals to be sent, or kept if there are slices. */
  private CrewMessage.Report answerWith(RunTotals totals, long number, int slices) {
    CrewMessage.Report report = report(number, CrewMessage.Answer.TOTALS);
    if (slices == 0) {
      return report.with(totals);
    }
    Map<Integer, byte[]> kept = new TreeMap<>();
    for (int slice = 0; slice < slices; slice++) {
      kept.put(slice, totals.slice(slice, slices).toBytes());
    }
    return report.with(totals.withoutGradients()).with(store.keep(kept));
  }

  /** Some work with its parameters; null if they could not be fetched. */
  private CrewMessage.@Nullable Work whole(CrewMessage.Work work) throws InterruptedException {
    List<SliceStore.Kept> where = work.parameters();
    if (where.isEmpty()) {
      return work;
    }
    List<SliceStore.Wanted> wanted = new ArrayList<>();
    for (int slice = 0; slice < where.size(); slice++) {
      wanted.add(new SliceStore.Wanted(where.get(slice), slice));
    }
    float[][] slices = new float[where.size()][];
    boolean isWhole =
        SliceStore.fetch(
            wanted,
            task,
            (slice, bytes) -> slices[slice] = CrewMessage.read(bytes, FloatArrays::read));
    return isWhole ? work.with(Vectors.joined(List.of(slices))) : null;
  }

  /** Keeps slices of the parameters, for all members to fetch. */
  private CrewMessage.Report kept(long number, Map<Integer, float[]> slices) {
    Map<Integer, byte[]> bytes = new TreeMap<>();
    slices.forEach(
        (slice, values) ->
            bytes.put(
                slice, CrewMessage.bytes(values.length, out -> FloatArrays.write(out, values))));
    return report(number, CrewMessage.Answer.KEEPS_PARAMETERS).with(store.keep(bytes));
  }

  /**
   * Joins slices of the total over all shards, in whatever order its parts come, which no bit
   * tells.
   */
  private CrewMessage.Report joined(long number, CrewMessage.Joining toJoin)
      throws InterruptedException {
    Map<Integer, float[]> joined = new TreeMap<>();
    for (int slice : toJoin.slices()) {
      List<SliceStore.Wanted> wanted =
          toJoin.kept().stream().map(kept -> new SliceStore.Wanted(kept, slice)).toList();
      RunTotals totals = new RunTotals();
      if (!SliceStore.fetch(wanted, task, (part, bytes) -> totals.add(RunTotals.read(bytes)))) {
        return report(number, CrewMessage.Answer.MISSES_SLICES);
      }
      joined.put(slice, totals.only().gradient());
    }
    return report(number, CrewMessage.Answer.SLICES).with(joined);
  }

  private CrewMessage.Report report(long order, CrewMessage.Answer answer) {
    return CrewMessage.Report.of(run, SparkEnv.get().executorId(), order, answer);
  }

  /** A task that is to end says so itself: it may wait for others that will not come. */
  static void checkCancelled(TaskContext task) {
    if (task.isInterrupted()) {
      throw new TaskKilledException("the crew was cancelled");
    }
  }

  private byte[] ask(RpcEndpointRef driver, byte[] report) throws InterruptedException {
    Future<byte[]> answer = driver.ask(report, PATIENCE, BYTES);
    while (true) {
      checkCancelled(task);
      try {
        return Await.result(answer, GLANCE);
      } catch (TimeoutException e) {
        // Nothing to do yet.
      }
    }
  }
}
