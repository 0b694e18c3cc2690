package io.ebmspark.core.synthetic;

import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * Two interleaved half circles: {@code (cos θ, sin θ)} and {@code (1 − cos θ, ½ − sin θ)}, θ
 * uniform on (0, π), plus normal noise; the rows divided as evenly as possible, in random order.
 */
public record TwoMoons(
    @Setting(value = "standard deviation of the noise", defaultsTo = "0.05") double noise)
    implements SyntheticData {
  public TwoMoons {
    Check.notNegative("noise", noise);
  }

  @Override
  public float[] rows(int count, long seed) {
    RandomStream stream = RandomStream.of(seed, Purpose.SYNTHETIC_DATA, 0);
    Permutation order = Permutation.of(seed, Purpose.SYNTHETIC_DATA, 0, count);
    float[] rows = new float[2 * count];
    for (int i = 0; i < count; i++) {
      double theta = Math.PI * stream.uniform(i, 0);
      boolean upper = order.at(i) % 2 == 0;
      double x = upper ? StrictMath.cos(theta) : 1 - StrictMath.cos(theta);
      double y = upper ? StrictMath.sin(theta) : 0.5 - StrictMath.sin(theta);
      rows[2 * i] = (float) (x + noise * stream.normal(i, 2));
      rows[2 * i + 1] = (float) (y + noise * stream.normal(i, 3));
    }
    return rows;
  }
}
