package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import io.ebmspark.spark.TaskDevice;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcTimeout;
import org.apache.spark.util.RpcUtils;
import scala.concurrent.Await;
import scala.concurrent.Future;
import scala.concurrent.duration.Duration;
import scala.concurrent.duration.FiniteDuration;
import scala.reflect.ClassTag;

/**
 * A task that stays: it asks the driver for a step, computes its run's total, and answers it with
 * the next question, unless another task of its process is to send both totals as one. It opens no
 * port, and speaks to the driver as Spark's own executors do.
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

  CrewMember(String crew, int run, TaskContext task) {
    this.crew = crew;
    this.run = run;
    this.task = task;
  }

  /**
   * Serves until the crew is dismissed.
   *
   * @param shards opens the run's shards, for each step anew
   */
  void serve(GradientWorker worker, int firstShard, Supplier<Iterator<RowBlock>> shards) {
    SparkEnv env = SparkEnv.get();
    RpcEndpointRef driver = RpcUtils.makeDriverRef(crew, env.conf(), env.rpcEnv());
    CrewProcess process = CrewProcess.join(crew);
    try {
      CrewMessage.Report report = CrewMessage.Report.ready(run, env.executorId());
      while (true) {
        CrewMessage.Order order = CrewMessage.Order.read(ask(driver, report.toBytes()));
        if (order.isDismissal()) {
          return;
        }
        report = answer(process, order, worker, firstShard, shards);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted");
    } finally {
      process.leave(crew);
    }
  }

  private CrewMessage.Report answer(
      CrewProcess process,
      CrewMessage.Order order,
      GradientWorker worker,
      int firstShard,
      Supplier<Iterator<RowBlock>> shards)
      throws InterruptedException {
    long number = order.number();
    boolean isDone = process.begin(number, run);
    boolean hasEnded = false;
    try {
      StepRequest request = process.request(order);
      StepTotal total = null;
      if (request != null && !isDone) {
        total = worker.total(request, firstShard, shards.get(), TaskDevice.current());
      }
      hasEnded = true;
      RunTotals sent = process.end(number, run, total);
      return new CrewMessage.Report(
          run, SparkEnv.get().executorId(), number, sent, request == null);
    } finally {
      if (!hasEnded) {
        process.abandon(number);
      }
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
