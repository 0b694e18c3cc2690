package io.ebmspark.core.synthetic;

import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * Spiral arms: with {@code t = √u}, u uniform on (0, 1), the radius is {@code radial·t} and the
 * angle {@code 2πk/arms + spiral·t + angular·z}, z standard normal.
 */
public record Pinwheel(
    @Setting(value = "number of arms", defaultsTo = "5") int arms,
    @Setting(value = "length of the arms", defaultsTo = "2") double radial,
    @Setting(value = "standard deviation of the angle", defaultsTo = "0.1") double angular,
    @Setting(value = "how far an arm turns from 0 to its end, in radians", defaultsTo = "5")
        double spiral)
    implements SyntheticData {
  public Pinwheel {
    Check.positive("arms", arms);
    Check.positive("radial", radial);
    Check.notNegative("angular", angular);
  }

  @Override
  public float[] rows(int count, long seed) {
    RandomStream stream = RandomStream.of(seed, Purpose.SYNTHETIC_DATA, 0);
    Permutation order = Permutation.of(seed, Purpose.SYNTHETIC_DATA, 0, count);
    float[] rows = new float[2 * count];
    for (int i = 0; i < count; i++) {
      double t = Math.sqrt(stream.uniform(i, 0));
      double turn = 2 * Math.PI * (order.at(i) % arms) / arms;
      double angle = turn + spiral * t + angular * stream.normal(i, 2);
      rows[2 * i] = (float) (radial * t * StrictMath.cos(angle));
      rows[2 * i + 1] = (float) (radial * t * StrictMath.sin(angle));
    }
    return rows;
  }
}
