package io.ebmspark.core.objective;

import io.ebmspark.core.energy.Energies;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Energy Discrepancy (Schröder et al. 2023, equation 8): {@code L = log(w/M + (1/M) Σⱼ exp(E(x) −
 * E(x⁻ⱼ)))}, {@code x⁻ⱼ = x + √t·ξ + √t·ξⱼ}, all ξ standard normal.
 *
 * <p>It needs neither chains nor second derivatives, and lies between score matching (t → 0) and
 * maximum likelihood (t → ∞). T = 1.
 */
public record EnergyDiscrepancy(
    @Setting(value = "time t of the perturbation; its variance", defaultsTo = "0.25") double time,
    @Setting(value = "number M of negatives per row", defaultsTo = "16") int negatives,
    @Setting(value = "weight w that stabilises the sum", defaultsTo = "1") double stabiliser)
    implements Objective {
  public EnergyDiscrepancy {
    Check.positive("time", time);
    Check.positive("negatives", negatives);
    Check.notNegative("stabiliser", stabiliser);
  }

  @Override
  public double temperature() {
    return 1;
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    Tensor x = batch.rows();
    ChainNoise noise = batch.noise(Purpose.DATA_NOISE);
    double deviation = Math.sqrt(time);
    Tensor centre = x.add(noise.normals(x.scope(), 0, deviation, x.shape()));
    List<Tensor> all = new ArrayList<>();
    all.add(x);
    for (int j = 1; j <= negatives; j++) {
      all.add(centre.add(noise.normals(x.scope(), j, deviation, x.shape())));
    }
    return losses(energy, Tensor.concatenate(all, 0), negatives, stabiliser);
  }

  /**
   * The losses of rows and their negatives.
   *
   * @param all ((M + 1) · batch, …shape): the rows, then the first negative of each, and so on
   */
  static Losses losses(PreparedEnergy energy, Tensor all, int negatives, double stabiliser) {
    Energies energies = energy.energies(all);
    Tensor found = energies.perRow().detach().reshape(negatives + 1, -1);
    Map<String, Tensor> report = new LinkedHashMap<>();
    report.put(Losses.DATA_ENERGY, ofData(found).squeeze(0));
    report.put(Losses.SAMPLE_ENERGY, ofNegatives(found).sum(0).div(negatives));
    return Losses.of(
        energies, each -> perRow(each.reshape(negatives + 1, -1), negatives, stabiliser), report);
  }

  private static Tensor perRow(Tensor energies, int negatives, double stabiliser) {
    Tensor gaps = ofData(energies).sub(ofNegatives(energies));
    if (stabiliser > 0) {
      Tensor constant = gaps.scope().full(Math.log(stabiliser), 1, gaps.size(1));
      gaps = Tensor.concatenate(List.of(gaps, constant), 0);
    }
    return gaps.logSumExp(0).sub(Math.log(negatives));
  }

  /** (1, batch) of (M + 1, batch). */
  private static Tensor ofData(Tensor energies) {
    return energies.slice(0, 0, 1);
  }

  /** (M, batch) of (M + 1, batch). */
  private static Tensor ofNegatives(Tensor energies) {
    return energies.slice(0, 1, energies.size(0));
  }
}
