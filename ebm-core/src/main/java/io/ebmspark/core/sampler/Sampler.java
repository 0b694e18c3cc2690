package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.BoundEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.settings.BadSettingException;
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
   * Refuses settings that go wrong somewhere on a chain's way, before it is begun: a schedule that
   * leaves the numbers a step can be made with.
   *
   * @param steps how many steps the chain is to have
   * @throws BadSettingException naming the setting, the value and the step
   */
  default void check(long steps) {}

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
   * Steps of a set of independent chains, in flat memory: one after the other, unless a sampler can
   * do them all at once.
   *
   * @param start (chains, …shape); left as it is
   * @param from the first step's number in the chain
   * @param to the number after the last step's; above {@code from}
   * @return the last state, in {@code start}'s scope, with no history
   */
  default Tensor steps(BoundEnergy energy, Tensor start, int from, int to, ChainNoise noise) {
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

  /**
   * Runs chains from their first step on.
   *
   * @param start (chains, …shape); left as it is
   * @return the last state, in {@code start}'s scope, with no history
   */
  default Tensor run(BoundEnergy energy, Tensor start, int steps, ChainNoise noise) {
    return run(energy, start, steps, noise, Observer.NONE);
  }

  /** Runs chains as above, and shows an observer the steps it wants to see. */
  default Tensor run(
      BoundEnergy energy, Tensor start, int steps, ChainNoise noise, Observer observer) {
    Tensor state = start;
    for (int done = 0; done < steps; ) {
      int to = Math.min(steps, observer.next(done));
      try (TensorScope work = start.scope().child()) {
        Tensor next = steps(energy, state.in(work), done, to, noise).moveTo(start.scope());
        if (to == observer.next(done)) {
          observer.onStep(to, state.in(work), next.in(work));
        }
        if (state != start) {
          state.close();
        }
        state = next;
      }
      done = to;
    }
    return state;
  }

  /** Sees chains on their way: where thinning, trajectories and acceptance are taken from. */
  @FunctionalInterface
  interface Observer {
    /** Sees nothing. */
    Observer NONE =
        new Observer() {
          @Override
          public int next(int done) {
            return Integer.MAX_VALUE;
          }

          @Override
          public void onStep(int done, Tensor before, Tensor after) {}
        };

    /**
     * The number of steps done when it next wants to see the chains; the fewer it sees, the more a
     * sampler can do at once.
     *
     * @param done steps done so far
     */
    default int next(int done) {
      return done + 1;
    }

    /**
     * Called after each step it wants to see; the tensors live until it returns.
     *
     * @param done steps done so far, from 1
     * @param before where the chains were when it last saw them, or started
     */
    void onStep(int done, Tensor before, Tensor after);
  }
}
