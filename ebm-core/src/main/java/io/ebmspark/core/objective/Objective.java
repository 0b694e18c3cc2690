package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Family;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What training minimises: the mean over rows of a loss that depends on the row alone. Since rows
 * are independent, sums over any parts of a batch add up to the whole.
 */
@Family(packageName = "io.ebmspark.core.objective")
public interface Objective {
  /** The temperature T of the density {@code exp(−E/T)} the energy is trained to have. */
  double temperature();

  /**
   * Rejects, before training starts, settings that go wrong at some step: a schedule that leaves
   * its bounds.
   *
   * @param steps the number of steps of the run
   * @throws BadSettingException naming the setting, the value and the step
   */
  default void check(long steps) {}

  /**
   * This objective with all that is scheduled over training steps held at its value at one of them:
   * what a training came to, for another that begins where it ended.
   */
  default Objective heldAt(long step) {
    return this;
  }

  /**
   * This objective, told which inputs of a table's rows hold the levels of a column; asked before
   * training.
   */
  default Objective on(List<LevelInputs> levels) {
    return this;
  }

  /**
   * The loss of each row of a batch, with its gradient in the parameters.
   *
   * @param batch some rows of the step's batch
   */
  Losses losses(PreparedEnergy energy, Batch batch);

  /** The smallest value the loss can have over all energies: a loss near it is divergence. */
  default OptionalDouble floor() {
    return OptionalDouble.empty();
  }

  /** The sampler of this objective's chains, if it runs any. */
  default Optional<Sampler> chainSampler() {
    return Optional.empty();
  }

  /** The chains this objective keeps from step to step, if any. */
  default Optional<ReplaySettings> replay() {
    return Optional.empty();
  }
}
