package io.ebmspark.core.synthetic;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** Eight normal blobs, four on the axes and four on the diagonals, all at one distance from 0. */
public record EightGaussians(
    @Setting(value = "standard deviation of a blob", defaultsTo = "0.02") double deviation,
    @Setting(value = "distance of the blobs from 0", defaultsTo = "2") double scale)
    implements SyntheticData {
  public EightGaussians {
    Check.positive("deviation", deviation);
    Check.positive("scale", scale);
  }

  @Override
  public float[] rows(int count, long seed) {
    return new GaussianMixture(8, deviation, scale).rows(count, seed);
  }
}
