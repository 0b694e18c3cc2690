package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.EnergyScript;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.program.Sources;
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
    @Setting(value = "step size η, a schedule over the chain's steps", defaultsTo = "0.01")
        Schedule stepSize,
    @Setting(value = "noise scale σ, a schedule over the chain's steps; T = σ²", defaultsTo = "1")
        Schedule noiseScale,
    @Setting("[lowest, highest] of a state's elements; proposals outside are rejected")
        Optional<List<Double>> clamp)
    implements Sampler {
  private static final String CHAIN = Sources.text(Mala.class, "mala.py");

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

  /** What is kept for a position: its energies, then their gradient. */
  @Override
  public ChainState start(PreparedEnergy energy, Tensor position) {
    Optional<EnergyScript.Compilable> script = energy.script();
    if (script.isEmpty()) {
      return new ChainState(position, List.of(energy.value(position), energy.gradient(position)));
    }
    // By the program that will run the chains, whose rounding may differ.
    Program program = NativeChain.program(script.get().source(), CHAIN);
    TensorScope scope = position.scope();
    return new ChainState(position, program.call(scope, "both", position, script.get().weights()));
  }

  @Override
  public Step steps(PreparedEnergy energy, ChainState start, int from, int to, ChainNoise noise) {
    Optional<EnergyScript.Compilable> script = energy.script();
    if (script.isEmpty()) {
      return Sampler.super.steps(energy, start, from, to, noise);
    }
    return Step.inParts(
        start,
        from,
        to,
        NativeChain.stepsAtOnce(start.position()),
        (state, step, count) -> inOneCall(script.get(), state, step, count, noise));
  }

  private Step inOneCall(
      EnergyScript.Compilable script, ChainState state, int from, int count, ChainNoise noise) {
    Tensor position = state.position();
    TensorScope scope = position.scope();
    double[] etas = new double[count];
    double[] temperatures = new double[count];
    double[] scales = new double[count];
    double[] chances = new double[count * (int) position.size(0)];
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
    List<Tensor> moved =
        NativeChain.program(script.source(), CHAIN)
            .call(
                scope,
                "chain",
                position,
                state.memory().get(0),
                state.memory().get(1),
                script.weights(),
                scope.upload(etas, count),
                scope.upload(temperatures, count),
                noise.normals(scope, from, scales, position.shape()),
                scope.upload(chances, position.size(0), count),
                clamp.isPresent(),
                clamp.isPresent() ? clamp.get().get(0) : 0.0,
                clamp.isPresent() ? clamp.get().get(1) : 0.0);
    return new Step(
        new ChainState(moved.get(0), moved.subList(1, 3)), StepInfo.of(moved.get(3), moved.get(1)));
  }

  @Override
  public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
    Optional<EnergyScript.Compilable> script = energy.script();
    return script.isPresent()
        ? inOneCall(script.get(), state, step, 1, noise)
        : stepByStep(energy, state, step, noise);
  }

  /** A step for an energy that has no program. */
  private Step stepByStep(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
    Tensor x = state.position();
    Tensor energies = state.memory().get(0);
    Tensor gradient = state.memory().get(1);
    double eta = stepSize.at(step);
    double sigma = noiseScale.at(step);
    double temperature = sigma * sigma;
    Tensor epsilon = noise.normals(x.scope(), step, sigma * Math.sqrt(2 * eta), x.shape());
    Tensor proposal = x.sub(gradient.mul(eta)).add(epsilon);
    Tensor itsGradient = energy.gradient(proposal);
    Tensor itsEnergies = energy.value(proposal);
    // log q(x|x') − log q(x'|x), where x' − x + η∇E(x) is the noise that was drawn.
    Tensor back = x.sub(proposal).add(itsGradient.mul(eta));
    double[] there = epsilon.square().sumPerRow().toDoubles();
    double[] andBack = back.square().sumPerRow().toDoubles();
    double[] before = energies.toDoubles();
    double[] after = itsEnergies.toDoubles();
    double[] logRatio = new double[before.length];
    for (int i = 0; i < logRatio.length; i++) {
      logRatio[i] =
          (before[i] - after[i]) / temperature + (there[i] - andBack[i]) / (4 * eta * temperature);
    }
    Metropolis.refuseOutside(proposal, clamp, logRatio);
    boolean[] accepted = Metropolis.accepts(proposal, logRatio, noise, step);
    Tensor kept = Metropolis.choose(energies, itsEnergies, accepted);
    return new Step(
        new ChainState(
            Metropolis.choose(x, proposal, accepted),
            List.of(kept, Metropolis.choose(gradient, itsGradient, accepted))),
        StepInfo.of(Metropolis.counted(accepted, x.scope()), kept));
  }
}
