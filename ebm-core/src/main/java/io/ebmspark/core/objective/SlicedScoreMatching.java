package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Slice;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.List;
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
    Tensor x = Contrast.noisy(batch, dataNoise).rows();
    Tensor loss = x.scope().zeros(x.size(0));
    List<Slice> slices = new ArrayList<>();
    for (int j = 0; j < projections; j++) {
      Slice slice = energy.slice(x, probe.draw(batch, j));
      Tensor half = slice.slopes().detach().square().mul(0.5);
      loss = loss.add(half.sub(slice.curvatures().detach()).div(projections));
      slices.add(slice);
    }
    return new Losses(
        loss,
        Map.of(Losses.DATA_ENERGY, slices.get(0).energies()),
        null,
        (gradient, weights) -> {
          for (Slice slice : slices) {
            Tensor a = Losses.weighted(slice.slopes().detach(), weights).div(projections);
            Tensor ones = a.scope().full(-1.0 / projections, a.size(0));
            Tensor b = Losses.weighted(ones, weights);
            slice.pullBack().add(a, b, gradient);
          }
        });
  }
}
