package io.ebmspark.spark.train;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.EnergyCheck;
import io.ebmspark.core.training.Checkpoints;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.LocalGradients;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingListener;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.Validation;
import io.ebmspark.spark.TaskDevice;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaSparkContext;

/** Trains an energy on a sharded table: the loop of {@link Trainer}, with gradients from Spark. */
public final class SparkTrainer {
  private static final Pattern LOCAL = Pattern.compile("local(?:\\[(\\d+|\\*)(?:,\\s*\\d+)?\\])?");

  private SparkTrainer() {}

  /** Trains from fresh parameters, without checkpoints. */
  public static TrainingState train(
      ShardedTable table, Energy energy, TrainingSettings settings, TrainingListener listener) {
    return train(table, energy, settings, listener, Checkpoints.NONE, () -> false);
  }

  /** Trains from the newest checkpoint, or from fresh parameters if there is none. */
  public static TrainingState train(
      ShardedTable table,
      Energy energy,
      TrainingSettings settings,
      TrainingListener listener,
      Checkpoints checkpoints,
      BooleanSupplier stop) {
    return train(table, energy, settings, Optional.empty(), listener, checkpoints, stop);
  }

  /**
   * Trains from the newest checkpoint, or from the start state if there is none.
   *
   * @param start the state another run ended in, as {@link Trainer} takes it; empty for fresh
   *     parameters
   * @param stop asked between steps; true ends the run there, at a checkpoint
   * @throws io.ebmspark.core.settings.BadSettingException if the run would exceed a limit of Spark
   *     or the driver's memory
   * @throws io.ebmspark.core.energy.UnfitEnergyException if the energy cannot be trained
   * @throws io.ebmspark.core.training.DivergedException if training diverges
   */
  public static TrainingState train(
      ShardedTable table,
      Energy energy,
      TrainingSettings settings,
      Optional<TrainingState> start,
      TrainingListener listener,
      Checkpoints checkpoints,
      BooleanSupplier stop) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(table.shards().context());
    TaskDevice.check(context.getConf());
    checkLimits(table, energy, settings);
    EnergyCheck.check(energy, table.shape(), settings.seed());
    Trainer trainer =
        new Trainer(energy, table.shape(), settings, start, validation(table, settings, context));
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

  /** The rows for validation, where there are any; measured on the driver. */
  private static Optional<Validation> validation(
      ShardedTable table, TrainingSettings settings, JavaSparkContext context) {
    if (settings.validation().isEmpty() || table.validationRows() == 0) {
      return Optional.empty();
    }
    context.setJobDescription("collecting the rows for validation");
    List<RowBlock> blocks = table.validation().collect();
    float[] rows = Vectors.joined(blocks.stream().map(RowBlock::values).toList());
    List<float[]> weights = new ArrayList<>();
    for (RowBlock block : blocks) {
      float[] ofBlock = block.weights();
      if (ofBlock != null) {
        weights.add(ofBlock);
      }
    }
    int threads =
        isOneProcess(context)
            ? localThreads(context.master())
            : Runtime.getRuntime().availableProcessors();
    return Optional.of(
        new Validation(rows, weights.isEmpty() ? null : Vectors.joined(weights), threads));
  }

  /** The memory a run would take with the executors there are now. */
  public static TrainingNeeds needs(ShardedTable table, Energy energy, TrainingSettings settings) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(table.shards().context());
    boolean isOneProcess = isOneProcess(context);
    int tasks =
        isOneProcess ? localThreads(context.master()) : SparkGradients.taskSlots(context.sc());
    int executors = isOneProcess ? 1 : SparkGradients.executors(context.sc());
    return TrainingNeeds.of(settings, energy, table.shape(), table.rows(), executors, tasks);
  }

  /**
   * Rejects a run that Spark or a virtual machine could not hold; {@link #train} does so too.
   *
   * @throws io.ebmspark.core.settings.BadSettingException naming the setting and its smallest value
   */
  public static void checkLimits(ShardedTable table, Energy energy, TrainingSettings settings) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(table.shards().context());
    new ClusterLimits(context.getConf(), Runtime.getRuntime().maxMemory(), isOneProcess(context))
        .check(needs(table, energy, settings));
  }

  /**
   * Gradients for driver and executors in one process: the same work on shards runs on its threads,
   * without a Spark job per step, and gives the same bits.
   */
  private static LocalGradients here(ShardedTable table, GradientWorker worker, int threads) {
    return new LocalGradients(worker, ShardsHere.of(table.shards()), threads);
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
