package io.ebmspark.core.objective;

import io.ebmspark.core.energy.Energies;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Noise-contrastive estimation (Gutmann and Hyvärinen 2010, equation 3), one noise row y per data
 * row x: {@code L = softplus(E(x) + log q(x)) + softplus(−E(y) − log q(y))} with {@code q = N(0,
 * s²I)}.
 *
 * <p>It is minimal where {@code E = −log p}, normalised: the network's last bias learns log Z. The
 * noise must reach wherever the data does. T = 1, and no chain is run.
 */
public record NoiseContrastiveEstimation(
    @Setting(value = "standard deviation s of the noise, in model units", defaultsTo = "1.5")
        double noise)
    implements Objective {
  public NoiseContrastiveEstimation {
    Check.positive("noise", noise);
  }

  @Override
  public double temperature() {
    return 1;
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    Tensor x = batch.rows();
    Tensor y = batch.noise(Purpose.CHAIN_START).normals(x.scope(), 0, noise, x.shape());
    Energies energies = energy.energies(x.interleave(y));
    Tensor found = energies.perRow().detach();
    Map<String, Tensor> report = new LinkedHashMap<>();
    report.put(Losses.DATA_ENERGY, ofPairs(found, 0));
    report.put(Losses.SAMPLE_ENERGY, ofPairs(found, 1));
    return Losses.of(
        energies,
        pairs -> {
          Tensor ofData = ofPairs(pairs, 0).add(logDensity(x));
          Tensor ofNoise = ofPairs(pairs, 1).add(logDensity(y));
          return ofData.softplus().add(ofNoise.neg().softplus());
        },
        report);
  }

  /** The energies of data rows (0) or of noise rows (1), which take turns. */
  private static Tensor ofPairs(Tensor energies, int which) {
    return energies.reshape(-1, 2).slice(1, which, which + 1).squeeze(1);
  }

  private Tensor logDensity(Tensor x) {
    double width = (double) x.count() / x.size(0);
    double constant = width * Math.log(noise * Math.sqrt(2 * Math.PI));
    return x.square().sumPerRow().mul(-0.5 / (noise * noise)).sub(constant);
  }
}
