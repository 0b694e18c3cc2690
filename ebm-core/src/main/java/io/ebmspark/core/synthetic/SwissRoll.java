package io.ebmspark.core.synthetic;

import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * A spiral {@code (t cos t, t sin t)}, {@code t = 3π(1 + 2u)}, u uniform on (0, 1), plus normal
 * noise; centred and divided by twice the mean of the two deviations, so that each is about ½.
 */
public record SwissRoll(
    @Setting(value = "standard deviation of the noise, before scaling", defaultsTo = "0.05")
        double noise)
    implements SyntheticData {
  public SwissRoll {
    Check.notNegative("noise", noise);
  }

  @Override
  public float[] rows(int count, long seed) {
    RandomStream stream = RandomStream.of(seed, Purpose.SYNTHETIC_DATA, 0);
    double[] raw = new double[2 * count];
    double[] means = new double[2];
    for (int i = 0; i < count; i++) {
      double t = 3 * Math.PI * (1 + 2 * stream.uniform(i, 0));
      raw[2 * i] = t * StrictMath.cos(t) + noise * stream.normal(i, 2);
      raw[2 * i + 1] = t * StrictMath.sin(t) + noise * stream.normal(i, 3);
      means[0] += raw[2 * i] / count;
      means[1] += raw[2 * i + 1] / count;
    }
    double[] squares = new double[2];
    for (int i = 0; i < raw.length; i++) {
      squares[i % 2] += (raw[i] - means[i % 2]) * (raw[i] - means[i % 2]) / count;
    }
    double scale = Math.sqrt(squares[0]) + Math.sqrt(squares[1]);
    float[] rows = new float[raw.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) ((raw[i] - means[i % 2]) / scale);
    }
    return rows;
  }
}
