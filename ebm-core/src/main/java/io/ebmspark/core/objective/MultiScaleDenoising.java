package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Arrays;

/**
 * Denoising score matching over several noise levels at once: {@code L = ½‖∇E(x + τε) − ε/τ‖²},
 * {@code ε ~ N(0, I)}, with τ drawn for each row from L geometric levels (levels as in Song and
 * Ermon 2019, section 4.1).
 *
 * <p>No level is weighted above another, so that the minimum is exact: {@code exp(−E)} is the
 * data's density smoothed by the mixture of the noises, since the score of a mixture is the mean of
 * its parts' scores given x. Wide levels teach the far field, narrow ones the detail.
 */
public record MultiScaleDenoising(
    @Setting(value = "smallest noise, in model units", defaultsTo = "0.1") double smallest,
    @Setting(value = "largest noise, in model units", defaultsTo = "1") double largest,
    @Setting(value = "number of levels between them, both included", defaultsTo = "5") int levels)
    implements Objective {
  public MultiScaleDenoising {
    Check.positive("smallest", smallest);
    Check.that(
        largest >= smallest,
        "largest",
        "must be at least smallest " + smallest + ", got " + largest);
    Check.positive("levels", levels);
  }

  @Override
  public double temperature() {
    return 1;
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    return DenoisingScoreMatching.losses(energy, batch, levels(batch));
  }

  /** Each row's τ, shaped to be multiplied with the rows. */
  private Tensor levels(Batch batch) {
    long[] shape = batch.rows().shape();
    RandomStream chance = RandomStream.of(batch.seed(), Purpose.NOISE_LEVEL, batch.step());
    double[] tau = new double[batch.indices().length];
    for (int i = 0; i < tau.length; i++) {
      int level = (int) (levels * chance.uniform(batch.indices()[i], 0));
      double part = levels == 1 ? 0 : (double) level / (levels - 1);
      tau[i] = smallest * StrictMath.pow(largest / smallest, part);
    }
    Arrays.fill(shape, 1, shape.length, 1);
    return batch.rows().scope().upload(tau, shape);
  }
}
