package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.BoundEnergy;
import io.ebmspark.core.energy.EnergyScript;
import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.schedule.ScheduleCheck;
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
  private static final String CHAIN = Program.source(Mala.class, "mala.py");

  public Mala {
    ScheduleCheck.positive("stepSize", stepSize, 1);
    ScheduleCheck.positive("noiseScale", noiseScale, 1);
    Clip.check(clamp, Optional.empty());
  }

  /** Without clamp. */
  public Mala(Schedule stepSize, Schedule noiseScale) {
    this(stepSize, noiseScale, Optional.empty());
  }

  @Override
  public void check(long steps) {
    ScheduleCheck.positive("stepSize", stepSize, steps);
    ScheduleCheck.positive("noiseScale", noiseScale, steps);
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
  public Tensor steps(BoundEnergy energy, Tensor start, int from, int to, ChainNoise noise) {
    Optional<EnergyScript.Compilable> script = energy.script(start.scope());
    if (script.isEmpty()) {
      return Sampler.super.steps(energy, start, from, to, noise);
    }
    return NativeChain.inParts(
        start,
        from,
        to,
        (state, step, count) -> inOneCall(script.get(), state, step, count, noise));
  }

  private Tensor inOneCall(
      EnergyScript.Compilable script, Tensor state, int from, int count, ChainNoise noise) {
    TensorScope scope = state.scope();
    double[] etas = new double[count];
    double[] temperatures = new double[count];
    double[] scales = new double[count];
    double[] chances = new double[count * (int) state.size(0)];
    for (int i = 0; i < count; i++) {
      double sigma = noiseScale.at(from + i);
      etas[i] = stepSize.at(from + i);
      temperatures[i] = sigma * sigma;
      scales[i] = sigma * Math.sqrt(2 * etas[i]);
      double[] uniforms = noise.chances(from + i);
      for (int chain = 0; chain < uniforms.length; chain++) {
        chances[chain * count + i] = StrictMath.log(uniforms[chain]);
      }
    }
    return NativeChain.program(script.source(), CHAIN)
        .call(
            scope,
            "chain",
            state,
            script.weights(),
            scope.upload(etas, count),
            scope.upload(temperatures, count),
            noise.normals(scope, from, scales, state.shape()),
            scope.upload(chances, state.size(0), count),
            clamp.isPresent(),
            clamp.isPresent() ? clamp.get().get(0) : 0.0,
            clamp.isPresent() ? clamp.get().get(1) : 0.0)
        .get(0);
  }

  /** A step of an energy that has no program. */
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
    double[] before = energy.value(state).toDoubles();
    double[] after = energy.value(proposal).toDoubles();
    double[] logRatio = new double[before.length];
    for (int i = 0; i < logRatio.length; i++) {
      logRatio[i] =
          (before[i] - after[i]) / temperature + (there[i] - andBack[i]) / (4 * eta * temperature);
    }
    Metropolis.refuseOutside(proposal, clamp, logRatio);
    return Metropolis.choose(state, proposal, logRatio, noise, step);
  }
}
