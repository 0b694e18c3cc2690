package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.GradientSource;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepSums;
import io.ebmspark.spark.TaskDevice;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * One Spark job a step: parameters are broadcast, each shard's task answers its sums, and collect
 * returns them in the order of the shards, whichever executor ran first. A lost task is Spark's to
 * run again, and answers the same bits.
 */
final class SparkGradients implements GradientSource, AutoCloseable {
  private final JavaRDD<RowBlock> shards;
  private final ShardPlacement placement;
  private final JavaSparkContext context;
  private final Broadcast<WorkerSettings> worker;
  private final long steps;

  SparkGradients(JavaRDD<RowBlock> shards, WorkerSettings worker, long steps) {
    this.shards = shards;
    this.placement = new ShardPlacement(shards);
    this.context = JavaSparkContext.fromSparkContext(shards.context());
    this.worker = context.broadcast(worker);
    this.steps = steps;
  }

  @Override
  public List<StepSums> sums(StepRequest request) {
    if (placement.isDue()) {
      placement.settle(IntStream.rangeClosed(1, shards.getNumPartitions()).toArray());
    }
    context.setJobDescription("training step " + request.step() + " of " + steps);
    Broadcast<StepRequest> sent = context.broadcast(request);
    Broadcast<WorkerSettings> settings = worker;
    try {
      return shards
          .map(shard -> settings.value().worker().sums(sent.value(), shard, TaskDevice.current()))
          .collect();
    } finally {
      // Thousands of steps would otherwise leave thousands of parameter vectors behind.
      sent.destroy();
    }
  }

  @Override
  public void close() {
    placement.close();
    worker.destroy();
  }
}
