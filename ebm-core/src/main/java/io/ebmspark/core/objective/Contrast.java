package io.ebmspark.core.objective;

import io.ebmspark.core.energy.Energies;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.Sampler;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The contrastive loss that all maximum-likelihood objectives share: {@code L = E(x⁺) − E(x⁻) +
 * w(E(x⁺)² + E(x⁻)²)}, where x⁻ is where a chain ended, with no gradient through the chain.
 */
final class Contrast {
  private Contrast() {}

  static Losses losses(
      PreparedEnergy energy,
      Batch batch,
      Tensor starts,
      Sampler sampler,
      int steps,
      double penalty) {
    Tensor negatives =
        sampler.run(energy, starts, steps, batch.noise(Purpose.CHAIN_NOISE)).detach();
    // Data and samples go through the network in pairs: their gradients nearly cancel, and do so
    // pair by pair inside one sum rather than between two large ones, which keeps more digits.
    Energies energies = energy.energies(batch.rows().interleave(negatives));
    Tensor pairs = energies.perRow().detach().reshape(-1, 2);
    Tensor signs = pairs.scope().upload(new float[] {1, -1}, 2);
    Tensor signed = pairs.mul(signs);
    Tensor loss = (penalty > 0 ? signed.add(pairs.square().mul(penalty)) : signed).sum(1);
    Map<String, Tensor> report = new LinkedHashMap<>();
    report.put(Losses.DATA_ENERGY, pairs.slice(1, 0, 1).squeeze(1));
    report.put(Losses.SAMPLE_ENERGY, pairs.slice(1, 1, 2).squeeze(1));
    report.put(Losses.CHAIN_NORM, negatives.square().sumPerRow().sqrt());
    return new Losses(
        loss,
        report,
        negatives,
        (gradient, weights) -> {
          // ±1 + 2w·E, of each of a pair
          Tensor slopes = pairs.mul(2 * penalty).add(signs);
          energies.pullBack().add(Losses.weighted(slopes, weights).reshape(-1), gradient);
        });
  }

  /**
   * Data with normal noise of a standard deviation: samples carry the sampler's noise, and a
   * network would otherwise learn to tell that from clean data, and nothing else.
   */
  static Batch noisy(Batch batch, double deviation) {
    if (deviation == 0) {
      return batch;
    }
    Tensor rows = batch.rows();
    Tensor noise =
        batch.noise(Purpose.DATA_NOISE).normals(rows.scope(), 0, deviation, rows.shape());
    return new Batch(
        rows.add(noise), batch.indices(), batch.chainStarts(), batch.seed(), batch.step());
  }

  /** The loss has its floor at E(x⁺) = −1/(2w), E(x⁻) = 1/(2w): all separation, no density. */
  static OptionalDouble floor(double penalty) {
    return penalty > 0 ? OptionalDouble.of(-1 / (2 * penalty)) : OptionalDouble.empty();
  }
}
