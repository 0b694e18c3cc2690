package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Map;

/**
 * Score matching with Hutchinson's (1990) estimate of the trace: {@code L = ½‖∇E(x)‖² − (1/m) Σⱼ
 * vⱼᵀ∇²E(x)vⱼ}, unbiased for {@link ExactScoreMatching}, at m Hessian-vector products whatever the
 * width of a row.
 */
public record HutchinsonScoreMatching(
    @Setting(value = "number m of probe directions", defaultsTo = "5") int probes,
    @Setting(value = "distribution of the probe directions", defaultsTo = "rademacher") Probe probe,
    @Setting(value = "standard deviation of noise added to the data", defaultsTo = "0")
        double dataNoise)
    implements Objective {
  public HutchinsonScoreMatching {
    Check.positive("probes", probes);
    Check.notNegative("dataNoise", dataNoise);
  }

  @Override
  public double temperature() {
    return 1;
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    Tensor x = Contrast.noisy(batch, dataNoise).rows().leaf();
    Tensor energies = energy.at(x);
    Tensor gradient = Gradients.differentiable(energies, x);
    Tensor loss = gradient.square().sumPerRow().mul(0.5);
    for (int j = 0; j < probes; j++) {
      Tensor v = probe.draw(batch, j);
      Tensor product = Gradients.differentiable(gradient.mul(v), x);
      loss = loss.sub(product.mul(v).sumPerRow().div(probes));
    }
    return new Losses(loss, Map.of(Losses.DATA_ENERGY, energies), null);
  }
}
