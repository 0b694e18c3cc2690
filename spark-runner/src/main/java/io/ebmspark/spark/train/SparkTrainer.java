package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.EnergyCheck;
import io.ebmspark.core.training.Checkpoints;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.LocalGradients;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingListener;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.TaskDevice;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaSparkContext;

/** Trains an energy on a sharded table: the loop of {@link Trainer}, its gradients from Spark. */
public final class SparkTrainer {
  private static final Pattern LOCAL = Pattern.compile("local(?:\\[(\\d+|\\*)(?:,\\s*\\d+)?\\])?");

  private SparkTrainer() {}

  /** Trains from fresh parameters, and keeps no checkpoints. */
  public static TrainingState train(
      ShardedTable table, Energy energy, TrainingSettings settings, TrainingListener listener) {
    return train(table, energy, settings, listener, Checkpoints.NONE, () -> false);
  }

  /**
   * Trains from the newest checkpoint, or from fresh parameters where there is none.
   *
   * @param stop asked between steps; true ends the run there, at a checkpoint
   * @throws io.ebmspark.core.energy.UnfitEnergyException if the energy cannot be trained
   * @throws io.ebmspark.core.training.DivergedException if training diverges
   */
  public static TrainingState train(
      ShardedTable table,
      Energy energy,
      TrainingSettings settings,
      TrainingListener listener,
      Checkpoints checkpoints,
      BooleanSupplier stop) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(table.shards().context());
    TaskDevice.check(context.getConf());
    EnergyCheck.check(energy, table.shape(), settings.seed());
    Trainer trainer = new Trainer(energy, table.shape(), settings);
    try {
      if (isOneProcess(context)) {
        GradientWorker worker = new GradientWorker(energy, table.shape(), settings, table.rows());
        try (LocalGradients gradients = here(table, worker, localThreads(context.master()))) {
          return trainer.train(gradients, worker.plan(), listener, checkpoints, stop);
        }
      }
      List<Long> shape = Arrays.stream(table.shape()).boxed().toList();
      WorkerSettings worker = new WorkerSettings(energy, shape, settings, table.rows());
      try (SparkGradients gradients =
          new SparkGradients(table.shards(), worker, settings.steps())) {
        return trainer.train(gradients, worker.worker().plan(), listener, checkpoints, stop);
      }
    } finally {
      context.setJobDescription(null);
    }
  }

  /**
   * Driver and executors are this process: the same shard work runs on its threads, without a Spark
   * job a step, and gives the same bits.
   */
  private static LocalGradients here(ShardedTable table, GradientWorker worker, int threads) {
    List<RowBlock> shards = new ArrayList<>();
    table.shards().toLocalIterator().forEachRemaining(shards::add);
    return new LocalGradients(worker, shards, threads);
  }

  private static boolean isOneProcess(JavaSparkContext context) {
    return LOCAL.matcher(context.master()).matches();
  }

  private static int localThreads(String master) {
    Matcher matcher = LOCAL.matcher(master);
    String count = matcher.matches() ? matcher.group(1) : null;
    if (count == null) {
      return 1;
    }
    return count.equals("*") ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(count);
  }
}
