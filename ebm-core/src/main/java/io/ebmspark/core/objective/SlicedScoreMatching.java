package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Map;

/**
 * Sliced score matching (Song, Garg, Shi and Ermon 2019, equation 7): {@code L = (1/n) Σⱼ [½(vⱼᵀs)²
 * + vⱼᵀ∇(vⱼᵀs)]} with the score {@code s = −∇E(x)}, at T = 1.
 */
public record SlicedScoreMatching(
    @Setting(value = "number n of projections", defaultsTo = "1") int projections,
    @Setting(value = "distribution of the projections", defaultsTo = "rademacher") Probe probe,
    @Setting(value = "standard deviation of noise added to the data", defaultsTo = "0")
        double dataNoise)
    implements Objective {
  public SlicedScoreMatching {
    Check.positive("projections", projections);
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
    Tensor score = Gradients.differentiable(energies, x).neg();
    Tensor loss = x.scope().zeros(x.size(0));
    for (int j = 0; j < projections; j++) {
      Tensor v = probe.draw(batch, j);
      Tensor projected = score.mul(v).sumPerRow();
      Tensor slope = Gradients.differentiable(projected, x).mul(v).sumPerRow();
      loss = loss.add(projected.square().mul(0.5).add(slope).div(projections));
    }
    return new Losses(loss, Map.of(Losses.DATA_ENERGY, energies), null);
  }
}
