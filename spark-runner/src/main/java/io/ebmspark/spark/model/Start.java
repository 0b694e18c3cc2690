package io.ebmspark.spark.model;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsDifference;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.shards.Units;
import java.util.List;
import java.util.Optional;

/**
 * What training begins with instead of fresh weights: those of a model there is, in its units.
 *
 * @param model whose weights are the average over its training
 * @param end the state its training ended in; empty for a model of the first release
 * @param memory what becomes of the optimiser's memory
 */
public record Start(Model model, Optional<TrainingState> end, StartSettings.Memory memory) {
  /** What the rows have to come to, for the weights to mean what they meant. */
  public Units units() {
    return model.config().features().units();
  }

  /**
   * Where a job begins. Chains of persistent contrastive divergence go on from where they were:
   * they are samples of the very energy that is trained on.
   *
   * @throws ModelException naming what differs, if the weights are not of what the job trains, or
   *     if the optimiser's memory is to be kept and is not there
   */
  public TrainingState state(DataSettings data, Energy energy, TrainingSettings training) {
    ModelConfig config = model.config();
    refuseDifference(Same.of(config.data(), config.energy()), Same.of(data, energy));
    refuseNewFeatures(data.features());
    if (memory == StartSettings.Memory.RESET) {
      return TrainingState.initial(model.parameters().clone(), training.optimizer())
          .withReplay(end.map(TrainingState::replay).orElse(null))
          .copy();
    }
    Class<?> before = config.training().optimizer().getClass();
    if (!before.equals(training.optimizer().getClass())) {
      throw new ModelException(
          "the champion's optimiser was "
              + before.getSimpleName()
              + ", and training.optimizer is "
              + training.optimizer().getClass().getSimpleName()
              + ", which cannot go on with its memory; set warmStart.optimizer to reset");
    }
    return end.orElseThrow(
            () ->
                new ModelException(
                    "the champion was stored without the state its training ended in, by an earlier"
                        + " release; set warmStart.optimizer to reset"))
        .goingOn();
  }

  /** What a pattern meets and the champion has not is left out; what is named is wanted. */
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
                      + ", and was "
                      + difference.before()
                      + " for the champion, whose weights are of no use then; set it back, or"
                      + " warmStart.weights to fresh");
            });
  }

  /** What must be the same for weights to be of use. */
  private record Same(@Setting("energy") Energy energy, @Setting("data") OfData data) {
    static Same of(DataSettings data, Energy energy) {
      boolean ranged = data.scaling() == Scaling.RANGE;
      return new Same(
          energy,
          new OfData(
              data.shape(), data.scaling(), ranged ? Optional.of(data.range()) : Optional.empty()));
    }
  }

  private record OfData(
      @Setting("shape") List<Integer> shape,
      @Setting("scaling") Scaling scaling,
      @Setting("range") Optional<List<Double>> range) {}
}
