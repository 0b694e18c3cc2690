package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import io.ebmspark.spark.TaskDevice;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.broadcast.Broadcast;
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
 * the next question. It opens no port, and speaks to the driver as Spark's own executors do.
 */
final class CrewMember {
  private static final ClassTag<byte[]> BYTES = ClassTag.apply(byte[].class);

  /** Between steps the driver may take its time: a validation, a checkpoint. */
  private static final RpcTimeout PATIENCE =
      new RpcTimeout(new FiniteDuration(7, TimeUnit.DAYS), "none");

  private static final Duration GLANCE = Duration.create(1, TimeUnit.SECONDS);

  /** The newest request of each crew in this process: sent to one member, read by all. */
  private static final ConcurrentHashMap<String, Newest> NEWEST = new ConcurrentHashMap<>();

  private final String crew;
  private final int run;
  private final TaskContext task;
  private final Newest newest;

  /** The newest request. */
  private static final class Newest {
    private static final long PATIENCE_MILLIS = 10_000;
    private long number = -1;
    private @Nullable StepRequest request;

    /** The request of an order; null if another member was to receive it, and never does. */
    synchronized @Nullable StepRequest of(CrewMessage.Order order) throws InterruptedException {
      Broadcast<byte[]> broadcast = order.broadcast();
      if (order.request() != null) {
        put(order.number(), order.request());
      } else if (broadcast != null && number != order.number()) {
        put(order.number(), CrewMessage.Order.read(broadcast.value()).request());
      }
      long until = System.currentTimeMillis() + PATIENCE_MILLIS;
      while (number != order.number()) {
        long left = until - System.currentTimeMillis();
        if (left <= 0) {
          return null;
        }
        wait(left);
      }
      return request;
    }

    private void put(long ofNumber, @Nullable StepRequest sent) {
      number = ofNumber;
      request = sent;
      notifyAll();
    }
  }

  CrewMember(String crew, int run, TaskContext task) {
    this.crew = crew;
    this.run = run;
    this.task = task;
    this.newest = NEWEST.computeIfAbsent(crew, name -> new Newest());
  }

  /**
   * Serves until the crew is dismissed.
   *
   * @param shards opens the run's shards, for each step anew
   */
  void serve(GradientWorker worker, int firstShard, Supplier<Iterator<RowBlock>> shards) {
    SparkEnv env = SparkEnv.get();
    RpcEndpointRef driver = RpcUtils.makeDriverRef(crew, env.conf(), env.rpcEnv());
    try {
      CrewMessage.Report report = CrewMessage.Report.ready(run, env.executorId());
      while (true) {
        CrewMessage.Order order = CrewMessage.Order.read(ask(driver, report.toBytes()));
        if (order.isDismissal()) {
          return;
        }
        StepRequest request = newest.of(order);
        if (request == null) {
          report = CrewMessage.Report.missing(run, env.executorId());
          continue;
        }
        StepTotal total = worker.total(request, firstShard, shards.get(), TaskDevice.current());
        report = new CrewMessage.Report(run, env.executorId(), order.number(), total, false);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted");
    } finally {
      NEWEST.remove(crew);
    }
  }

  private byte[] ask(RpcEndpointRef driver, byte[] report) throws InterruptedException {
    Future<byte[]> answer = driver.ask(report, PATIENCE, BYTES);
    while (true) {
      if (task.isInterrupted()) {
        throw new TaskKilledException("the crew was cancelled");
      }
      try {
        return Await.result(answer, GLANCE);
      } catch (TimeoutException e) {
        // Nothing to do yet.
      }
    }
  }
}
