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

  /** Whether a step may be refused, so that a chain stays where it was: see {@link Metropolis}. */
  default boolean rejects() {
    return false;
  }

  /**
   * Runs chains for a number of steps, in flat memory.
   *
   * @param start (chains, …shape); left as it is
   * @return the last state, in {@code start}'s scope, with no history
   */
  default Tensor run(BoundEnergy energy, Tensor start, int steps, ChainNoise noise) {
    return run(energy, start, steps, noise, (done, before, after) -> {});
  }

  /** Runs chains as above, and shows every step to an observer. */
  default Tensor run(
      BoundEnergy energy, Tensor start, int steps, ChainNoise noise, Observer observer) {
    Tensor state = start;
    for (int step = 0; step < steps; step++) {
      try (TensorScope work = start.scope().child()) {
        Tensor next = step(energy, state.in(work), step, noise).moveTo(start.scope());
        observer.onStep(step + 1, state.in(work), next.in(work));
        if (state != start) {
          state.close();
        }
        state = next;
      }
    }
    return state;
  }

  /** Sees chains on their way: where thinning, trajectories and acceptance are taken from. */
  @FunctionalInterface
  interface Observer {
    /**
     * Called after each step; the tensors live until it returns.
     *
     * @param done steps done so far, from 1
     */
    void onStep(int done, Tensor before, Tensor after);
  }
}
