package io.ebmspark.core.synthetic;

import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** Normal blobs on a square mesh over [−limit, limit]², the rows divided as evenly as possible. */
public record Grid(
    @Setting(value = "blobs along each axis", defaultsTo = "10") int perAxis,
    @Setting(value = "largest coordinate of the mesh", defaultsTo = "1") double limit,
    @Setting(value = "standard deviation of a blob", defaultsTo = "0.01") double noise)
    implements SyntheticData {
  public Grid {
    Check.that(perAxis > 1, "perAxis", "must be 2 or more, got " + perAxis);
    Check.positive("limit", limit);
    Check.notNegative("noise", noise);
  }

  @Override
  public float[] rows(int count, long seed) {
    RandomStream stream = RandomStream.of(seed, Purpose.SYNTHETIC_DATA, 0);
    Permutation order = Permutation.of(seed, Purpose.SYNTHETIC_DATA, 0, count);
    float[] rows = new float[2 * count];
    for (int i = 0; i < count; i++) {
      int place = (int) (order.at(i) % ((long) perAxis * perAxis));
      rows[2 * i] = (float) (at(place / perAxis) + noise * stream.normal(i, 0));
      rows[2 * i + 1] = (float) (at(place % perAxis) + noise * stream.normal(i, 1));
    }
    return rows;
  }

  private double at(int step) {
    return limit * (2.0 * step / (perAxis - 1) - 1);
  }
}
