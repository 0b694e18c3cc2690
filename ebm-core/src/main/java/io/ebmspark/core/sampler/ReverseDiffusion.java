package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.schedule.Exponential;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.schedule.ScheduleCheck;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Setting;
import java.util.List;

/**
 * From the density of rows under much noise to that under little: {@code x' = x − (τ² − τ'²)∇E_τ(x)
 * + τ'√(1 − τ'²/τ²)·ε}, {@code ε ~ N(0, I)}, where τ falls to τ' in a step (Song et al. 2021,
 * appendix F; Ho et al. 2020, algorithm 2). The first step puts noise τ₀ on the start: on a
 * training row, where the energy keeps some, which is a draw from the data under that noise.
 *
 * <p>Under wide noise all modes are one, and each row is led into one of them as often as the data
 * is there: a chain that walks on the finest level alone stays near the mode it started by. It
 * draws from {@code exp(−E)} of the least noise, the better the more steps τ takes to fall, and is
 * for energies of {@link NoiseLevels}. Between two levels the energy is theirs, weighted linearly
 * in log τ, each at the row brought to the spread of standardised rows under its own noise: {@code
 * E_τ(x) = Σₖ wₖEₖ(x√((1 + τₖ²)/(1 + τ²)))}.
 */
public record ReverseDiffusion(
    @Setting("noise τ after each step, a schedule over the chain's steps that never rises")
        Schedule noise)
    implements Sampler {
  public ReverseDiffusion {
    ScheduleCheck.positive("noise", noise, 1);
  }

  /**
   * From the widest of an energy's levels to the finest, by equal factors; where it keeps training
   * rows to start from, from the second finest. A row under that noise is one from the table under
   * it, rare values at their rate, and another row by the end of the walk; under the widest, the
   * walk may miss what a network has not learnt, such as values that one row in forty has.
   */
  public static ReverseDiffusion over(NoiseLevels energy, int steps) {
    List<Double> levels = energy.levels();
    double finest = levels.get(0);
    double widest = levels.get(energy.neighbours() > 0 ? 1 : levels.size() - 1);
    double factor = steps == 1 ? 1 : Math.pow(finest / widest, 1.0 / (steps - 1));
    return new ReverseDiffusion(new Exponential(widest, factor, finest));
  }

  @Override
  public void check(long steps) {
    ScheduleCheck.positive("noise", noise, steps);
    for (long step = 1; step < steps; step++) {
      if (noise.at(step) > noise.at(step - 1)) {
        throw new BadSettingException(
            "noise",
            "must never rise, but is "
                + noise.at(step - 1)
                + " at step "
                + (step - 1)
                + " and "
                + noise.at(step)
                + " at the next");
      }
    }
  }

  @Override
  public void check(Energy energy) {
    if (!(energy instanceof NoiseLevels)) {
      throw new BadSettingException(
          "sampling.sampler",
          "is reverse-diffusion, which needs an energy of kind noise-levels; choose langevin");
    }
  }

  @Override
  public double temperature() {
    return 1;
  }

  @Override
  public boolean settles() {
    return false;
  }

  @Override
  public PreparedEnergy follows(PreparedEnergy energy) {
    return energy;
  }

  @Override
  public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise chainNoise) {
    if (!(energy instanceof NoiseLevels.Prepared levels)) {
      throw new IllegalArgumentException("reverse diffusion needs an energy of noise levels");
    }
    Tensor x = state.position();
    double to = noise.at(step);
    if (step == 0) {
      Tensor start = start(levels.neighbours(), x, chainNoise);
      return Step.to(start.add(chainNoise.normals(x.scope(), 0, to, x.shape())));
    }
    double from = noise.at(step - 1);
    double scale = to * Math.sqrt(1 - to * to / (from * from));
    Tensor epsilon = chainNoise.normals(x.scope(), step, scale, x.shape());
    return Step.to(x.sub(gradient(levels, x, from).mul(from * from - to * to)).add(epsilon));
  }

  /** For each chain one of the kept rows by chance; where it is, if there are none. */
  private static Tensor start(float[] kept, Tensor x, ChainNoise chainNoise) {
    int width = (int) (x.count() / x.size(0));
    int rows = kept.length / width;
    if (rows == 0) {
      return x;
    }
    double[] chances = chainNoise.chances(0);
    float[] starts = new float[chances.length * width];
    for (int i = 0; i < chances.length; i++) {
      int row = (int) (chances[i] * rows);
      System.arraycopy(kept, row * width, starts, i * width, width);
    }
    return x.scope().upload(starts, x.shape());
  }

  /** ∇E_τ. */
  private static Tensor gradient(NoiseLevels.Prepared levels, Tensor x, double tau) {
    List<Double> known = levels.noise();
    int above = 0;
    while (above < known.size() && known.get(above) < tau) {
      above++;
    }
    if (above == 0 || above == known.size()) {
      return atLevel(levels, Math.min(above, known.size() - 1), x, tau);
    }
    double low = Math.log(known.get(above - 1));
    double weight = (Math.log(tau) - low) / (Math.log(known.get(above)) - low);
    return atLevel(levels, above - 1, x, tau)
        .mul(1 - weight)
        .add(atLevel(levels, above, x, tau).mul(weight));
  }

  /** The gradient of {@code Eₖ(rx)}. */
  private static Tensor atLevel(NoiseLevels.Prepared levels, int level, Tensor x, double tau) {
    double own = levels.noise().get(level);
    double ratio = Math.sqrt((1 + own * own) / (1 + tau * tau));
    return levels.level(level).gradient(x.mul(ratio)).mul(ratio);
  }
}
