package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.BoundEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.schedule.ScheduleCheck;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Nesterov's accelerated descent (1983, in the form of Sutskever et al. 2013, equations 3–4):
 * {@code v ← μv − η∇E(x + μv)}, {@code x ← x + v}, from v = 0 at the start of a run. It finds modes
 * and draws nothing, so its temperature is 0.
 */
public record Nesterov(
    @Setting(value = "step size η, by the chain's step", defaultsTo = "0.01") Schedule stepSize,
    @Setting(value = "momentum μ", defaultsTo = "0.9") double momentum,
    @Setting("[lowest, highest] a state's elements are held in") Optional<List<Double>> clamp,
    @Setting("largest norm of a row's gradient") Optional<Double> gradientClip)
    implements Sampler {
  public Nesterov {
    ScheduleCheck.positive("stepSize", stepSize, 1);
    Check.that(momentum >= 0 && momentum < 1, "momentum", "must be in [0, 1), got " + momentum);
    Clip.check(clamp, gradientClip);
  }

  @Override
  public void check(long steps) {
    ScheduleCheck.positive("stepSize", stepSize, steps);
  }

  @Override
  public double temperature() {
    return 0;
  }

  /** A step from rest. */
  @Override
  public Tensor step(BoundEnergy energy, Tensor state, int step, ChainNoise noise) {
    return Clip.state(state.add(velocity(energy, state, null, step)), clamp);
  }

  @Override
  public Tensor run(
      BoundEnergy energy, Tensor start, int steps, ChainNoise noise, Observer observer) {
    // Not Sampler.steps: the velocity lives as long as the run, whatever is shown of it.
    Tensor state = start;
    @Nullable Tensor velocity = null;
    Tensor shown = start;
    int shownAt = 0;
    for (int step = 0; step < steps; step++) {
      try (TensorScope work = start.scope().child()) {
        Tensor before = state.in(work);
        Tensor moved = velocity(energy, before, velocity, step);
        Tensor next = Clip.state(before.add(moved), clamp).moveTo(start.scope());
        Tensor done = state;
        if (step + 1 == observer.next(shownAt)) {
          observer.onStep(step + 1, shown.in(work), next.in(work));
          if (state != shown) {
            state.close();
          }
          done = shown;
          shown = next;
          shownAt = step + 1;
        }
        if (done != start && done != shown) {
          done.close();
        }
        if (velocity != null) {
          velocity.close();
        }
        state = next;
        velocity = moved.moveTo(start.scope());
      }
    }
    if (shown != start && shown != state) {
      shown.close();
    }
    if (velocity != null) {
      velocity.close();
    }
    return state;
  }

  private Tensor velocity(BoundEnergy energy, Tensor state, @Nullable Tensor last, int step) {
    Tensor ahead = last == null ? state : state.add(last.mul(momentum));
    Tensor pull = Clip.rowNorm(energy.gradient(ahead), gradientClip).mul(stepSize.at(step));
    return last == null ? pull.neg() : last.in(state.scope()).mul(momentum).sub(pull);
  }
}
