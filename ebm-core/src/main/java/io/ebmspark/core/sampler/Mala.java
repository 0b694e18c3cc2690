package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.BoundEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/**
 * The Metropolis-adjusted Langevin algorithm (Roberts and Tweedie 1996, section 1.4.2): the {@link
 * Langevin} proposal {@code x' = x − η∇E(x) + σ√(2η)·ε}, accepted with probability {@code min(1,
 * p(x')q(x|x') / p(x)q(x'|x))}. It draws from {@code exp(−E/T)}, {@code T = σ²}, without bias.
 */
public record Mala(
    @Setting(value = "step size η, by the chain's step", defaultsTo = "0.01") Schedule stepSize,
    @Setting(value = "noise scale σ, by the chain's step; T = σ²", defaultsTo = "1")
        Schedule noiseScale,
    @Setting("[lowest, highest] a state's elements are held in; proposals outside are refused")
        Optional<List<Double>> clamp)
    implements Sampler {
  public Mala {
    Clip.check(clamp, Optional.empty());
  }

  /** Without clamp. */
  public Mala(Schedule stepSize, Schedule noiseScale) {
    this(stepSize, noiseScale, Optional.empty());
  }

  @Override
  public double temperature() {
    return noiseScale.last() * noiseScale.last();
  }

  @Override
  public boolean rejects() {
    return true;
  }

  @Override
  public Tensor step(BoundEnergy energy, Tensor state, int step, ChainNoise noise) {
    double eta = stepSize.at(step);
    double sigma = noiseScale.at(step);
    double temperature = sigma * sigma;
    Tensor epsilon = noise.normals(state.scope(), step, sigma * Math.sqrt(2 * eta), state.shape());
    Tensor proposal = state.sub(energy.gradient(state).mul(eta)).add(epsilon);
    // log q(x|x') − log q(x'|x), where x' − x + η∇E(x) is the noise that was drawn.
    Tensor back = state.sub(proposal).add(energy.gradient(proposal).mul(eta));
    double[] there = epsilon.square().sumPerRow().toDoubles();
    double[] andBack = back.square().sumPerRow().toDoubles();
    double[] before = energy.at(state).toDoubles();
    double[] after = energy.at(proposal).toDoubles();
    double[] logRatio = new double[before.length];
    for (int i = 0; i < logRatio.length; i++) {
      logRatio[i] =
          (before[i] - after[i]) / temperature + (there[i] - andBack[i]) / (4 * eta * temperature);
    }
    Metropolis.refuseOutside(proposal, clamp, logRatio);
    return Metropolis.choose(state, proposal, logRatio, noise, step);
  }
}
