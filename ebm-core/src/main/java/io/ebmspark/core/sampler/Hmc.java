package io.ebmspark.core.sampler;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.schedule.ScheduleCheck;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/**
 * Hamiltonian Monte Carlo (Duane et al. 1987; Neal 2011, section 3.2): momenta {@code p ~ N(0, M)},
 * L leapfrog steps of {@code H = E(x)/T + ½pᵀM⁻¹p}, accepted with probability {@code min(1,
 * exp(−ΔH))}. It draws from {@code exp(−E/T)} without bias.
 */
public record Hmc(
    @Setting(value = "leapfrog step size, a schedule over the chain's steps", defaultsTo = "0.1")
        Schedule stepSize,
    @Setting(value = "leapfrog steps L of a proposal", defaultsTo = "10") int leapfrogSteps,
    @Setting(value = "temperature T", defaultsTo = "1") double temperature,
    @Setting("diagonal of the mass M, one number per element of a row; 1 if absent")
        Optional<List<Double>> mass,
    @Setting("[lowest, highest] of a state's elements; proposals outside are rejected")
        Optional<List<Double>> clamp)
    implements Sampler {
  public Hmc {
    ScheduleCheck.positive("stepSize", stepSize, 1);
    Check.positive("leapfrogSteps", leapfrogSteps);
    Check.positive("temperature", temperature);
    mass.ifPresent(diagonal -> diagonal.forEach(entry -> Check.positive("mass", entry)));
    Clip.check(clamp, Optional.empty());
  }

  /** With unit mass and no clamp. */
  public Hmc(Schedule stepSize, int leapfrogSteps, double temperature) {
    this(stepSize, leapfrogSteps, temperature, Optional.empty(), Optional.empty());
  }

  /** A point of phase space and the energy's gradient there, all of shape (chains, …shape). */
  record Phase(Tensor position, Tensor momentum, Tensor gradient) {}

  @Override
  public void check(long steps) {
    ScheduleCheck.positive("stepSize", stepSize, steps);
  }

  @Override
  public boolean rejects() {
    return true;
  }

  /** What is kept for a position: its energies, then their gradient. */
  @Override
  public ChainState start(PreparedEnergy energy, Tensor position) {
    return new ChainState(position, List.of(energy.value(position), energy.gradient(position)));
  }

  @Override
  public Step step(PreparedEnergy energy, ChainState state, int step, ChainNoise noise) {
    Tensor x = state.position();
    Tensor energies = state.memory().get(0);
    Tensor gradient = state.memory().get(1);
    Tensor unit = noise.normals(x.scope(), step, 1, x.shape());
    Tensor momentum = mass.isEmpty() ? unit : unit.mul(masses(x).sqrt());
    Phase start = new Phase(x, momentum, gradient);
    Phase end = leapfrog(energy, start, stepSize.at(step));
    Tensor itsEnergies = energy.value(end.position);
    double[] before = hamiltonian(energies, start);
    double[] after = hamiltonian(itsEnergies, end);
    double[] logRatio = new double[before.length];
    for (int i = 0; i < logRatio.length; i++) {
      logRatio[i] = before[i] - after[i];
    }
    Metropolis.refuseOutside(end.position, clamp, logRatio);
    boolean[] accepted = Metropolis.accepts(end.position, logRatio, noise, step);
    Tensor kept = Metropolis.choose(energies, itsEnergies, accepted);
    return new Step(
        new ChainState(
            Metropolis.choose(x, end.position, accepted),
            List.of(kept, Metropolis.choose(gradient, end.gradient, accepted))),
        StepInfo.of(Metropolis.counted(accepted, x.scope()), kept));
  }

  /** L leapfrog steps (Neal 2011, equations 2.28–2.30); reversed by negating the momentum. */
  Phase leapfrog(PreparedEnergy energy, Phase start, double size) {
    double kick = size / temperature;
    Tensor x = start.position;
    Tensor p = start.momentum.sub(start.gradient.mul(kick / 2));
    Tensor gradient = start.gradient;
    for (int i = 1; i <= leapfrogSteps; i++) {
      x = x.add(velocity(p).mul(size));
      gradient = energy.gradient(x);
      p = p.sub(gradient.mul(i < leapfrogSteps ? kick : kick / 2));
    }
    return new Phase(x, p, gradient);
  }

  private double[] hamiltonian(Tensor energies, Phase at) {
    double[] potential = energies.toDoubles();
    double[] kinetic = at.momentum.mul(velocity(at.momentum)).sumPerRow().toDoubles();
    double[] total = new double[potential.length];
    for (int i = 0; i < total.length; i++) {
      total[i] = potential[i] / temperature + kinetic[i] / 2;
    }
    return total;
  }

  private Tensor velocity(Tensor momentum) {
    return mass.isEmpty() ? momentum : momentum.div(masses(momentum));
  }

  private Tensor masses(Tensor like) {
    double[] diagonal = mass.orElseThrow().stream().mapToDouble(Double::doubleValue).toArray();
    long[] shape = like.shape();
    shape[0] = 1;
    if (like.count() / like.size(0) != diagonal.length) {
      throw new BadSettingException(
          "sampler.mass",
          "has "
              + diagonal.length
              + " entries, where a row has "
              + like.count() / like.size(0)
              + " elements; give one for each");
    }
    return like.scope().upload(diagonal, shape);
  }
}
