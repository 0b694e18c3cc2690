package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Family;
import java.util.Arrays;

/**
 * A Markov kernel that draws from {@code p(x) ∝ exp(−E(x)/T)}: settings and a pure step, from one
 * state to the next and its diagnostics (as in blackjax).
 *
 * <p>Schedules inside a sampler count the steps of one chain.
 */
@Family(packageName = "io.ebmspark.core.sampler")
public interface Sampler {
  /** The temperature T of the distribution the chain converges to. */
  double temperature();

  /**
   * Rejects, before a chain starts, settings that go wrong at some step: a schedule that leaves its
   * bounds.
   *
   * @param steps the number of steps of the chain
   * @throws BadSettingException naming the setting, the value and the step
   */
  default void check(long steps) {}

  /**
   * Rejects an energy that the sampler cannot draw from; none, unless overridden.
   *
   * @throws BadSettingException saying what it needs
   */
  default void check(Energy energy) {}

  /**
   * What a chain that draws rows of an energy follows: the energy of their density, unless a
   * sampler needs more.
   */
  default PreparedEnergy follows(PreparedEnergy energy) {
    return energy.density();
  }

  /**
   * Whether chains stay in the distribution they draw from once they are there, so that their
   * course tells whether they are.
   */
  default boolean settles() {
    return true;
  }

  /**
   * The state of chains that start, or continue, at given positions, with whatever the sampler's
   * first step needs to know about them: nothing, unless overridden.
   *
   * @param position (chains, …shape)
   */
  default ChainState start(PreparedEnergy energy, Tensor position) {
    return ChainState.at(position);
  }

  /**
   * One step of a set of independent chains: a pure function.
   *
   * @param state from {@link #start} or another step of the same sampler on the same energy
   * @param step the step's number in the chain, from 0
   * @return in {@code state}'s scope
   */
  Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise);

  /**
   * Whether a step may be rejected, so that a chain stays where it was (see {@link Metropolis}); it
   * then reports {@link StepInfo#accepted}.
   */
  default boolean rejects() {
    return false;
  }

  /**
   * Steps of a set of independent chains, in constant memory: one after the other, unless a sampler
   * can do them all at once.
   *
   * @param start left unchanged
   * @param from the first step's number in the chain
   * @param to the number after the last step's; above {@code from}
   * @return the last state and the diagnostics of all steps, in {@code start}'s scope
   */
  default Step steps(PreparedEnergy energy, ChainState start, int from, int to, ChainNoise noise) {
    return Step.inParts(
        start,
        from,
        to,
        1,
        (state, step, one) -> {
          Step made = step(energy, state, step, noise);
          requireShape(made.state().position(), start.position());
          return made;
        });
  }

  /**
   * Runs chains from their first step on.
   *
   * @param start (chains, …shape); left unchanged
   * @return the last position, in {@code start}'s scope, with no history
   */
  default Tensor run(PreparedEnergy energy, Tensor start, int steps, ChainNoise noise) {
    return run(energy, start, steps, noise, Observer.NONE);
  }

  /** Runs chains as above, and shows an observer the steps it wants to see. */
  default Tensor run(
      PreparedEnergy energy, Tensor start, int steps, ChainNoise noise, Observer observer) {
    TensorScope scope = start.scope();
    try (TensorScope run = scope.child()) {
      // A tensor of its own: a step may answer the very position it was given, which is then moved.
      ChainState state = start(energy, start.in(run).detach());
      for (int done = 0; done < steps; ) {
        int to = Math.min(steps, observer.next(done));
        try (TensorScope work = run.child()) {
          Step last = steps(energy, state.in(work), done, to, noise);
          requireShape(last.state().position(), start);
          requireAcceptances(last.info(), start);
          if (to == observer.next(done)) {
            observer.onStep(to, last.state().position(), last.info());
          }
          ChainState next = last.state().moveTo(run);
          ChainState.release(state.tensors(), next.tensors());
          state = next;
        }
        done = to;
      }
      return state.position().moveTo(scope);
    }
  }

  private void requireShape(Tensor position, Tensor start) {
    if (!Arrays.equals(position.shape(), start.shape())) {
      throw new BadSettingException(
          "sampler",
          "is "
              + getClass().getName()
              + ", whose step leads to positions of the shape "
              + Arrays.toString(position.shape())
              + "; it must be the chains', "
              + Arrays.toString(start.shape()));
    }
  }

  private void requireAcceptances(StepInfo info, Tensor start) {
    long[] chains = {start.size(0)};
    boolean reported =
        info.accepted().filter(each -> Arrays.equals(each.shape(), chains)).isPresent();
    if (rejects() && !reported) {
      throw new BadSettingException(
          "sampler",
          "is "
              + getClass().getName()
              + ", whose rejects() is true: its step must report how many proposals each chain took,"
              + " in the shape "
              + Arrays.toString(chains)
              + ", and reports "
              + info.accepted()
                  .map(each -> "the shape " + Arrays.toString(each.shape()))
                  .orElse("nothing"));
    }
  }

  /**
   * Observes chains as they run, for thinned draws, trajectories and acceptance rates. Observing
   * changes no chain, and slows none between observations.
   */
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
          public void onStep(int done, Tensor position, StepInfo info) {}
        };

    /**
     * The number of steps done when it next wants to see the chains; the less often it looks, the
     * more steps a sampler can run in one call.
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
     * @param position where the chains are, (chains, …shape)
     * @param info of all steps since it last saw the chains, or since they started
     */
    void onStep(int done, Tensor position, StepInfo info);
  }
}
