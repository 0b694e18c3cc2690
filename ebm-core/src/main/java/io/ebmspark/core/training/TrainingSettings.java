package io.ebmspark.core.training;

import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.optimizer.Optimizer;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.schedule.ScheduleCheck;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** How an energy is trained; schedules here count training steps. */
public record TrainingSettings(
    @Setting(value = "what is minimised", defaultsTo = "{kind: denoising-score-matching}")
        Objective objective,
    @Setting(value = "the optimiser", defaultsTo = "{kind: adam}") Optimizer optimizer,
    @Setting(value = "learning rate, a schedule over training steps", defaultsTo = "0.001")
        Schedule learningRate,
    @Setting(value = "number of training steps", defaultsTo = "2000") long steps,
    @Setting(
            value = "rows per step, over all shards; if there are fewer, all of them",
            defaultsTo = "512")
        int batchSize,
    @Setting(
            value =
                "parts the data is cut into, whatever the cluster; changing it changes only rounding;"
                    + " if absent, more where a part would have more than about 33 million values",
            defaultsTo = "2")
        int shards,
    @Setting("largest Euclidean norm of the gradient; a longer one is scaled down to it")
        Optional<Double> gradientClip,
    @Setting(
            value =
                "decay of the moving average of the parameters, which is what scores and samples; 0"
                    + " turns it off",
            defaultsTo = "0.999")
        double averageDecay,
    @Setting(value = "about how many rows are computed at once inside a shard", defaultsTo = "512")
        int blockRows,
    @Setting(value = "seed of every random number of the run", defaultsTo = "0") long seed,
    @Setting(
            value =
                "steps between checkpoints, from which an interrupted run continues; 0 keeps"
                    + " none",
            defaultsTo = "200")
        long checkpointEvery,
    @Setting(value = "what counts as divergence, and what to do about it", defaultsTo = "{}")
        Divergence divergence,
    @Setting(
            "rows set aside to keep the best weights by, and to end training where it no longer"
                + " helps; without it, all steps are taken and the last weights kept")
        Optional<ValidationSettings> validation) {
  public TrainingSettings {
    Check.positive("steps", steps);
    ScheduleCheck.positive("learningRate", learningRate, steps);
    Check.inside("objective", () -> objective.check(steps));
    Check.that(
        objective.temperature() > 0 && Double.isFinite(objective.temperature()),
        "objective",
        "trains at the temperature "
            + objective.temperature()
            + ", at which there is no density; give its sampler noise that does not"
            + " vanish at the end");
    Check.that(
        optimizer.momentCount() >= 0,
        "optimizer",
        "is "
            + optimizer.getClass().getName()
            + ", whose momentCount() is "
            + optimizer.momentCount()
            + "; it is the number of vectors that its steps remember, 0 or more");
    Check.positive("batchSize", batchSize);
    Check.positive("shards", shards);
    Check.positive("blockRows", blockRows);
    Check.notNegative("checkpointEvery", checkpointEvery);
    gradientClip.ifPresent(limit -> Check.positive("gradientClip", limit));
    Check.that(
        averageDecay >= 0 && averageDecay < 1,
        "averageDecay",
        "must be in [0, 1), got " + averageDecay);
    Check.that(
        validation.isEmpty() || objective.chainSampler().isEmpty(),
        "validation",
        "needs an objective whose loss tells one energy from another; that of objectives that run"
            + " chains compares an energy with itself only: leave validation out, or choose another"
            + " objective, such as denoising-score-matching");
    int batch = batchSize;
    objective
        .replay()
        .ifPresent(
            replay ->
                Check.that(
                    replay.size() >= batch,
                    "objective",
                    "keeps "
                        + replay.size()
                        + " chains, fewer than batchSize "
                        + batch
                        + "; raise buffer.size"));
  }

  /** Settings with a checkpoint every 200 steps, stopping at divergence. */
  public TrainingSettings(
      Objective objective,
      Optimizer optimizer,
      Schedule learningRate,
      long steps,
      int batchSize,
      int shards,
      Optional<Double> gradientClip,
      double averageDecay,
      int blockRows,
      long seed) {
    this(
        objective,
        optimizer,
        learningRate,
        steps,
        batchSize,
        shards,
        gradientClip,
        averageDecay,
        blockRows,
        seed,
        200,
        Divergence.STOP,
        Optional.empty());
  }

  /** A copy with another number of steps. */
  public TrainingSettings withSteps(long other) {
    return with(objective, learningRate, other, shards, checkpointEvery, validation);
  }

  /**
   * What must agree for a run to continue from a checkpoint: everything except the shards, the
   * interval between checkpoints and, without validation rows, the number of steps: the loss on
   * those is measured at parts of it.
   */
  public TrainingSettings comparable() {
    return with(objective, learningRate, validation.isPresent() ? steps : 1, 1, 0, validation);
  }

  /** A copy with another learning rate. */
  public TrainingSettings withLearningRate(Schedule other) {
    return with(objective, other, steps, shards, checkpointEvery, validation);
  }

  /** A copy with another objective. */
  public TrainingSettings withObjective(Objective other) {
    return with(other, learningRate, steps, shards, checkpointEvery, validation);
  }

  /** The same without validation. */
  public TrainingSettings withoutValidation() {
    return with(objective, learningRate, steps, shards, checkpointEvery, Optional.empty());
  }

  private TrainingSettings with(
      Objective objective,
      Schedule learningRate,
      long steps,
      int shards,
      long checkpointEvery,
      Optional<ValidationSettings> validation) {
    return new TrainingSettings(
        objective,
        optimizer,
        learningRate,
        steps,
        batchSize,
        shards,
        gradientClip,
        averageDecay,
        blockRows,
        seed,
        checkpointEvery,
        divergence,
        validation);
  }
}
