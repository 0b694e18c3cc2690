package io.ebmspark.core.training;

import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.optimizer.Optimizer;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** How an energy is trained; schedules here count training steps. */
public record TrainingSettings(
    @Setting("what is minimised") Objective objective,
    @Setting(value = "rule of the steps", defaultsTo = "{kind: adam}") Optimizer optimizer,
    @Setting(value = "learning rate, by the training step", defaultsTo = "0.001")
        Schedule learningRate,
    @Setting(value = "number of training steps", defaultsTo = "2000") long steps,
    @Setting(
            value = "rows of one step, over all shards; more than there are means all of them",
            defaultsTo = "512")
        int batchSize,
    @Setting(
            value =
                "parts the data is cut into, each one task of a step; changing it changes only"
                    + " rounding",
            defaultsTo = "2")
        int shards,
    @Setting("largest Euclidean norm of the gradient; a longer one is scaled down to it")
        Optional<Double> gradientClip,
    @Setting(
            value =
                "decay of the moving average of the parameters, which scores and samples; 0 turns"
                    + " it off",
            defaultsTo = "0.999")
        double averageDecay,
    @Setting(value = "rows computed at once inside a shard", defaultsTo = "512") int blockRows,
    @Setting(value = "seed of every random number of the run", defaultsTo = "0") long seed) {
  public TrainingSettings {
    Check.positive("steps", steps);
    Check.positive("batchSize", batchSize);
    Check.positive("shards", shards);
    Check.positive("blockRows", blockRows);
    gradientClip.ifPresent(limit -> Check.positive("gradientClip", limit));
    Check.that(
        averageDecay >= 0 && averageDecay < 1,
        "averageDecay",
        "must be in [0, 1), got " + averageDecay);
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
}
