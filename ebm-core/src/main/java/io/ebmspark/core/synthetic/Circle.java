package io.ebmspark.core.synthetic;

import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** A circle around 0, its angle uniform, plus normal noise. */
public record Circle(
    @Setting(value = "standard deviation of the noise", defaultsTo = "0.05") double noise,
    @Setting(value = "radius of the circle", defaultsTo = "1") double radius)
    implements SyntheticData {
  public Circle {
    Check.notNegative("noise", noise);
    Check.positive("radius", radius);
  }

  @Override
  public float[] rows(int count, long seed) {
    RandomStream stream = RandomStream.of(seed, Purpose.SYNTHETIC_DATA, 0);
    float[] rows = new float[2 * count];
    for (int i = 0; i < count; i++) {
      double angle = 2 * Math.PI * stream.uniform(i, 0);
      rows[2 * i] = (float) (radius * StrictMath.cos(angle) + noise * stream.normal(i, 2));
      rows[2 * i + 1] = (float) (radius * StrictMath.sin(angle) + noise * stream.normal(i, 3));
    }
    return rows;
  }
}
