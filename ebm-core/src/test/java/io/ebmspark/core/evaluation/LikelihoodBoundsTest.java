package io.ebmspark.core.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class LikelihoodBoundsTest {
  private static final Energy ENERGY =
      new Gaussian(List.of(0.0, 0.0), List.of(List.of(4.0, 0.0), List.of(0.0, 0.25)));

  private static float[] normals(int rows, double first, double second, long seed) {
    float[] values = new float[2 * rows];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    for (int i = 0; i < values.length; i += 2) {
      values[i] *= (float) first;
      values[i + 1] *= (float) second;
    }
    return values;
  }

  private static LikelihoodBounds bounds(
      float[] rows, float[] drawn, int distributions, long seed) {
    return LikelihoodBounds.of(
        ENERGY, new long[] {2}, new float[0], 1, rows, drawn, distributions, seed);
  }

  /** Of a Gaussian: {@code −½xᵀΣ⁻¹x − log 2π − ½ log det Σ}, which is log 2π + 0 here. */
  @Test
  void boundsHoldTheTruth() {
    float[] rows = normals(500, 2, 0.5, 1);
    double squares = 0;
    for (int i = 0; i < rows.length; i += 2) {
      squares += rows[i] * rows[i] / 4 + rows[i + 1] * rows[i + 1] / 0.25;
    }
    double known = -squares / 2 / 500 - Math.log(2 * Math.PI);
    for (long seed = 0; seed < 3; seed++) {
      LikelihoodBounds found = bounds(rows, normals(150, 2, 0.5, 10 + seed), 80, seed);
      assertThat(found.isToBeTrusted()).isTrue();
      assertThat(found.lower()).isLessThan(known + 4 * found.standardError());
      assertThat(found.upper()).isGreaterThan(known - 4 * found.standardError());
      assertThat(found.upper() - found.lower()).isCloseTo(0, within(0.5));
    }
    assertThat(bounds(rows, normals(150, 2, 0.5, 10), 80, 0))
        .isEqualTo(bounds(rows, normals(150, 2, 0.5, 10), 80, 0));
  }

  /** For rows from another density the likelihood is lower, in closed form too. */
  @Test
  void rowsOfAnotherDensityAreLessLikely() {
    float[] wide = normals(500, 4, 1, 2);
    LikelihoodBounds found = bounds(wide, normals(150, 2, 0.5, 10), 80, 0);
    // Four times the mean square costs 3 nats in two dimensions, ±4·√(2·4²/4/500).
    assertThat(found.upper()).isCloseTo(-1 - Math.log(2 * Math.PI) - 3, within(1.0));
  }

  /** Draws far from the density reverse the bounds, or leave a single chain with all the weight. */
  @Test
  void drawsOfAnotherDensityAreNotTrusted() {
    float[] rows = normals(500, 2, 0.5, 1);
    float[] astray = normals(150, 2, 0.5, 3);
    for (int i = 0; i < astray.length; i++) {
      astray[i] += 30;
    }
    assertThat(bounds(rows, astray, 5, 0).isToBeTrusted()).isFalse();
    assertThat(new LikelihoodBounds(-3, -4, 0.1, 50).distrust()).startsWith("the drawn rows");
    assertThat(new LikelihoodBounds(-4, -3, 0.1, 1.2).distrust()).startsWith("1.2 chains");
  }
}
