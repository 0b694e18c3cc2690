package io.ebmspark.core.synthetic;

import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** Uniform on the squares of side 1 in [−limit, limit]² where {@code ⌊x⌋ + ⌊y⌋} is odd. */
public record Checkerboard(
    @Setting(value = "half the side of the board, in squares", defaultsTo = "4") int limit)
    implements SyntheticData {
  public Checkerboard {
    Check.positive("limit", limit);
  }

  @Override
  public float[] rows(int count, long seed) {
    RandomStream stream = RandomStream.of(seed, Purpose.SYNTHETIC_DATA, 0);
    float[] rows = new float[2 * count];
    int side = 2 * limit;
    for (int i = 0; i < count; i++) {
      // A square of the right colour, then a point in it: what rejection sampling gives, without
      // its waste.
      int row = (int) (side * stream.uniform(i, 0));
      int column = 2 * (int) (limit * stream.uniform(i, 1)) + (row + 1) % 2;
      rows[2 * i] = inside(column - limit, stream.uniform(i, 2));
      rows[2 * i + 1] = inside(row - limit, stream.uniform(i, 3));
    }
    return rows;
  }

  /** Rounding to a float must not carry a point into the next square. */
  private static float inside(int corner, double part) {
    return Math.min((float) (corner + part), Math.nextDown((float) corner + 1));
  }
}
