package io.ebmspark.spark.run;

import io.ebmspark.core.training.LossComparison;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.TrainingListener;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.record.RunAccount;
import java.util.List;
import java.util.function.Consumer;

/**
 * Receives the events of a run, on the thread that runs it. Runs print nothing; the listener
 * decides what the user sees.
 */
public interface RunListener extends TrainingListener, Phases.Listener {
  /** Ignores all events. */
  RunListener SILENT = new RunListener() {};

  /** Several as one: each event goes to all of them, in this order. */
  static RunListener all(RunListener... listeners) {
    return new RunListeners(List.of(listeners));
  }

  @Override
  default void onStep(StepMetrics metrics) {}

  /** Called once the rows to train on are in memory. */
  default void onTable(ShardedTable table) {}

  /** Called before the first step with how training goes, every choice made. */
  default void onTraining(TrainingSettings settings) {}

  @Override
  default void onPhase(String phase, double seconds) {}

  /**
   * Called after training with the loss compared with references, for objectives whose losses can
   * be.
   */
  default void onComparison(LossComparison comparison) {}

  /**
   * Called with each finding of a run, as soon as it is known.
   *
   * @param finding adds itself to an account of the run
   */
  default void onFinding(Consumer<RunAccount> finding) {}

  /** Called with what the user should know although nothing failed: waits, locks taken over. */
  default void onNotice(String text) {}
}
