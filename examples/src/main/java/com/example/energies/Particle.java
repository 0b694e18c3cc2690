package com.example.energies;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A particle whose physics is known but for two constants and a small rest: {@code E(x, y) = h(x² −
 * 1)² + ½ky² + r·tanh(network(x, y)/r)}. What the network adds stays between −r and r: it corrects
 * the formula, and cannot take its place. It can take over a part of its constants, though, so
 * these are learnt first, by the formula alone, and then held.
 */
public record Particle(
    @Setting("height h of the barrier between the wells; learnt if absent") Optional<Double> height,
    @Setting("stiffness k across the wells; learnt if absent") Optional<Double> stiffness,
    @Setting(value = "most the network adds or takes away, r; 0 for the formula alone")
        double reach,
    @Setting(value = "width of the network's hidden layers", defaultsTo = "32") int width)
    implements Energy {
  public Particle {
    Check.notNegative("reach", reach);
    Check.positive("width", width);
  }

  private Energy network() {
    return new Mlp(List.of(width, width), Activation.SILU);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    List<Parameter> constants = new ArrayList<>();
    if (height.isEmpty()) {
      constants.add(new Parameter("height", new long[0], Initializer.constant(1)));
    }
    if (stiffness.isEmpty()) {
      constants.add(new Parameter("stiffness", new long[0], Initializer.constant(1)));
    }
    ParameterLayout formula = ParameterLayout.of(constants.toArray(Parameter[]::new));
    return reach == 0 ? formula : formula.and("network", network().parameters(shape));
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    Tensor barrier = x.slice(1, 0, 1).squeeze(1).square().sub(1).square();
    Tensor spring = x.slice(1, 1, 2).squeeze(1).square().mul(0.5);
    Tensor formula =
        (height.isPresent() ? barrier.mul(height.get()) : barrier.mul(weights.get("height")))
            .add(
                stiffness.isPresent()
                    ? spring.mul(stiffness.get())
                    : spring.mul(weights.get("stiffness")));
    if (reach == 0) {
      return formula;
    }
    Tensor correction = network().energy(x, weights.under("network"));
    return formula.add(correction.div(reach).tanh().mul(reach));
  }
}
