package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Map;

/**
 * Score matching (Hyvärinen 2005, theorem 1): {@code L = ½‖∇E(x)‖² − tr ∇²E(x)}, minimal where
 * {@code exp(−E)} is the data's density, at T = 1.
 *
 * <p>The trace takes one Hessian-vector product per element of a row: meant for few features.
 * Activations must be smooth; a rectifier's second derivative is 0 almost everywhere.
 */
public record ExactScoreMatching(
    @Setting(value = "standard deviation of noise added to the data", defaultsTo = "0")
        double dataNoise)
    implements Objective {
  public ExactScoreMatching {
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
    Tensor flat = gradient.flattenRows();
    for (int i = 0; i < flat.size(1); i++) {
      Tensor row = Gradients.differentiable(flat.slice(1, i, i + 1), x).flattenRows();
      loss = loss.sub(row.slice(1, i, i + 1).squeeze(1));
    }
    return new Losses(loss, Map.of(Losses.DATA_ENERGY, energies), null);
  }
}
