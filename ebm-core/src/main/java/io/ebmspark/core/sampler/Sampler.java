package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.BoundEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.settings.Family;

/**
 * A Markov kernel that draws from {@code p(x) ∝ exp(−E(x)/T)}: settings and a pure step.
 *
 * <p>Schedules inside a sampler count the steps of one chain.
 */
@Family(packageName = "io.ebmspark.core.sampler")
public interface Sampler {
  /** The temperature T of what the chain draws from in the end. */
  double temperature();

  /**
   * One step of a set of independent chains.
   *
   * @param state (chains, …shape)
   * @param step the step's number in the chain, from 0
   * @return the new state, in {@code state}'s scope
   */
  Tensor step(BoundEnergy energy, Tensor state, int step, ChainNoise noise);

  /**
   * Runs chains for a number of steps, in flat memory.
   *
   * @param start (chains, …shape); left as it is
   * @return the last state, in {@code start}'s scope, with no history
   */
  default Tensor run(BoundEnergy energy, Tensor start, int steps, ChainNoise noise) {
    return run(energy, start, 0, steps, noise);
  }

  /** Runs steps {@code from} (inclusive) to {@code to} (exclusive) of chains. */
  default Tensor run(BoundEnergy energy, Tensor start, int from, int to, ChainNoise noise) {
    Tensor state = start;
    for (int step = from; step < to; step++) {
      try (TensorScope work = start.scope().child()) {
        Tensor next = step(energy, state.in(work), step, noise).moveTo(start.scope());
        if (state != start) {
          state.close();
        }
        state = next;
      }
    }
    return state;
  }
}
