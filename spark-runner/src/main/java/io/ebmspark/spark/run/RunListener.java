package io.ebmspark.spark.run;

import io.ebmspark.core.training.LossComparison;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.TrainingListener;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.record.RunAccount;
import java.util.function.Consumer;

/**
 * Hears of a run as it goes, on the thread that runs it. Runs print nothing: what a person sees is
 * their listener's to say.
 */
public interface RunListener extends TrainingListener, Phases.Listener {
  /** Keeps it all to itself. */
  RunListener SILENT = new RunListener() {};

  @Override
  default void onStep(StepMetrics metrics) {}

  /** Called once the rows to train on are in memory. */
  default void onTable(ShardedTable table) {}

  @Override
  default void onPhase(String phase, double seconds) {}

  /** Called after training with what its loss is worth, where that can be said. */
  default void onComparison(LossComparison comparison) {}

  /**
   * Called with what a run has found out, as soon as it has.
   *
   * @param finding adds it to an account of the run
   */
  default void onFinding(Consumer<RunAccount> finding) {}

  /** Called with what a person should know though nothing failed: waits, locks taken over. */
  default void onNotice(String text) {}
}
