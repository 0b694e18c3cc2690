package io.ebmspark.spark.model;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsDifference;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.data.ColumnSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.shards.Units;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What training starts from instead of fresh weights: an existing model's, in its units.
 *
 * @param model whose weights are the moving average of its training
 * @param end the final state of its training; empty for models of release 0.1
 * @param memory what to do with the optimiser's state
 */
public record Start(Model model, Optional<TrainingState> end, StartSettings.Memory memory) {
  /** The units rows must be converted to, so that the weights keep their meaning. */
  public Units units() {
    return model.config().features().units();
  }

  /**
   * The state a job starts in. Chains of persistent contrastive divergence continue where they
   * were, since they are samples of the very energy whose training continues.
   *
   * @throws ModelException naming what differs, if the weights do not fit what the job trains, or
   *     if the optimiser's state is to be kept but is not available
   */
  public TrainingState state(DataSettings data, Energy energy, TrainingSettings training) {
    ModelConfig config = model.config();
    refuseDifference(Same.of(config.data(), config.energy()), Same.of(data, energy));
    refuseNewFeatures(data.features());
    if (memory == StartSettings.Memory.RESET) {
      return TrainingState.initial(model.trained(), training.optimizer())
          .withReplay(end.map(TrainingState::replay).orElse(null))
          .copy();
    }
    Class<?> before = config.training().optimizer().getClass();
    if (!before.equals(training.optimizer().getClass())) {
      throw new ModelException(
          "the champion's optimiser was "
              + before.getSimpleName()
              + ", but training.optimizer is "
              + training.optimizer().getClass().getSimpleName()
              + ", which cannot continue from its state; set warmStart.optimizer to reset");
    }
    return end.orElseThrow(
            () ->
                new ModelException(
                    "the champion was stored by an earlier release, without the final state of its"
                        + " training; set warmStart.optimizer to reset"))
        .goingOn();
  }

  /**
   * A feature that the champion lacks is left out if it only matches a pattern, and rejected if it
   * is named.
   */
  private void refuseNewFeatures(List<String> wanted) {
    List<String> added =
        wanted.stream()
            .filter(name -> !Names.isPattern(name))
            .filter(name -> !model.config().data().features().contains(name))
            .filter(name -> !model.config().features().columns().contains(name))
            .toList();
    if (!added.isEmpty()) {
      throw new ModelException(
          "data.features names "
              + Names.list(added)
              + ", which the champion was trained without; leave it out, or set warmStart.weights"
              + " to fresh");
    }
  }

  private static void refuseDifference(Same before, Same now) {
    SettingsDifference.between(before, now)
        .ifPresent(
            difference -> {
              throw new ModelException(
                  difference.path()
                      + " is "
                      + difference.after()
                      + ", but was "
                      + difference.before()
                      + " for the champion, whose weights do not fit then; set it back, or"
                      + " warmStart.weights to fresh");
            });
  }

  /** What must be equal for weights to fit. */
  private record Same(@Setting("energy") Energy energy, @Setting("data") OfData data) {
    static Same of(DataSettings data, Energy energy) {
      boolean ranged = data.scaling() == Scaling.RANGE;
      return new Same(
          energy,
          new OfData(
              data.shape(),
              data.columns(),
              data.transform(),
              data.scaling(),
              ranged ? Optional.of(data.range()) : Optional.empty()));
    }
  }

  private record OfData(
      @Setting("shape") List<Integer> shape,
      @Setting("columns") Map<String, ColumnSettings> columns,
      @Setting("transform") ColumnSettings.Transform transform,
      @Setting("scaling") Scaling scaling,
      @Setting("range") Optional<List<Double>> range) {}
}
