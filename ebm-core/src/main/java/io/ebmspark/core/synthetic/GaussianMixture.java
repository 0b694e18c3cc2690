package io.ebmspark.core.synthetic;

import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * Normal blobs evenly around a circle: centres {@code r·(cos 2πk/K, sin 2πk/K)}, the rows divided
 * as evenly as possible, in random order.
 */
public record GaussianMixture(
    @Setting(value = "number of modes K", defaultsTo = "8") int modes,
    @Setting(value = "standard deviation of a mode", defaultsTo = "0.05") double deviation,
    @Setting(value = "radius r of the circle of centres", defaultsTo = "1") double radius)
    implements SyntheticData {
  public GaussianMixture {
    Check.positive("modes", modes);
    Check.positive("deviation", deviation);
    Check.notNegative("radius", radius);
  }

  @Override
  public float[] rows(int count, long seed) {
    RandomStream stream = RandomStream.of(seed, Purpose.SYNTHETIC_DATA, 0);
    Permutation order = Permutation.of(seed, Purpose.SYNTHETIC_DATA, 0, count);
    float[] rows = new float[2 * count];
    for (int i = 0; i < count; i++) {
      double angle = 2 * Math.PI * (order.at(i) % modes) / modes;
      rows[2 * i] = (float) (radius * StrictMath.cos(angle) + deviation * stream.normal(i, 0));
      rows[2 * i + 1] = (float) (radius * StrictMath.sin(angle) + deviation * stream.normal(i, 1));
    }
    return rows;
  }
}
