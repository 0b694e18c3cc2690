package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Family;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What training minimises: the mean over rows of a loss each row has by itself. Since rows do not
 * see each other, sums over any parts of a batch add up to the whole.
 */
@Family(packageName = "io.ebmspark.core.objective")
public interface Objective {
  /** The temperature T of the density {@code exp(−E/T)} the energy is trained to have. */
  double temperature();

  /**
   * Refuses settings that go wrong at some training step, before the first: a schedule of training
   * steps that leaves its bounds.
   *
   * @param steps how many steps the run is to have
   * @throws BadSettingException naming the setting, the value and the step
   */
  default void check(long steps) {}

  /**
   * The loss of each row of a batch, as a graph from the weights.
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

  /** The chains this objective keeps from step to step, if it does. */
  default Optional<ReplaySettings> replay() {
    return Optional.empty();
  }
}
