package com.example.energies;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Setting;
import java.util.List;

/**
 * A known formula plus a learnt rest: {@code E(x) = σ(α)·½‖x‖² + (1−σ(α))·network(x)}, with the
 * mixing weight learnt as well. One of its parts is another energy.
 */
public record GuidedMixture(
    @Setting(value = "width of the network's hidden layers", defaultsTo = "64") int width)
    implements Energy {

  private Energy network() {
    return new Mlp(List.of(width, width), Activation.SILU);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    return ParameterLayout.of(new Parameter("alpha", new long[0], Initializer.constant(0)))
        .and("network", network().parameters(shape));
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    Tensor mix = weights.get("alpha").sigmoid();
    Tensor known = x.square().sumPerRow().mul(0.5);
    Tensor learnt = network().energy(x, weights.under("network"));
    return learnt.add(mix.mul(known.sub(learnt)));
  }
}
