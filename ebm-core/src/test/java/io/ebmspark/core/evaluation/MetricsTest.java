package io.ebmspark.core.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.synthetic.GaussianMixture;
import io.ebmspark.core.synthetic.TwoMoons;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static float[] normals(int count, long seed) {
    float[] values = new float[count];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, count);
    return values;
  }

  @Test
  void aurocCountsPairs() {
    assertThat(Auroc.of(new float[] {1, 2}, new float[] {3, 4})).isEqualTo(1);
    assertThat(Auroc.of(new float[] {3, 4}, new float[] {1, 2})).isZero();
    assertThat(Auroc.of(new float[] {1, 2, 2}, new float[] {2, 3})).isEqualTo(5.0 / 6);
    assertThat(Auroc.of(new float[] {1, 1}, new float[] {1})).isEqualTo(0.5);
  }

  /** For N(0,1) against N(δ,1) it is Φ(δ/√2): .7602 at δ = 1. */
  @Test
  void aurocOfShiftedNormalsIsKnown() {
    int n = 50_000;
    float[] shifted = normals(n, 2);
    for (int i = 0; i < n; i++) {
      shifted[i] += 1;
    }
    // Its standard error is below √(.25/n).
    assertThat(Auroc.of(normals(n, 1), shifted)).isCloseTo(0.7602, within(5 * 0.5 / Math.sqrt(n)));
  }

  /** A shift by δ moves each projection by ⟨u, δ⟩, whose mean length in the plane is 2‖δ‖/π. */
  @Test
  void slicedWassersteinOfAShiftIsKnown() {
    float[] a = normals(4_000, 3);
    float[] b = a.clone();
    for (int i = 0; i < b.length; i += 2) {
      b[i] += 2;
    }
    double expected = 4 / Math.PI;
    // Over 2000 directions: |cos| has variance ½ − 4/π², so the standard error is .0138.
    assertThat(SlicedWasserstein.distance(a, b, 2, 2_000, 1)).isCloseTo(expected, within(0.07));
    assertThat(SlicedWasserstein.distance(a, a, 2, 10, 1)).isZero();
  }

  @Test
  void gridLikelihoodOfTheNormalIsKnown() {
    GridLikelihood normal =
        GridLikelihood.standard(
            rows -> {
              float[] energies = new float[rows.length / 2];
              for (int i = 0; i < energies.length; i++) {
                energies[i] =
                    0.5f * (rows[2 * i] * rows[2 * i] + rows[2 * i + 1] * rows[2 * i + 1]);
              }
              return energies;
            },
            1);
    // Beyond ±4 lie 1.3e-4 of the mass.
    assertThat(normal.logNormaliser()).isCloseTo(Math.log(2 * Math.PI), within(2e-4));
    assertThat(normal.negativeLogLikelihood(new float[] {1, 1}))
        .isCloseTo(1 + Math.log(2 * Math.PI), within(2e-4));
  }

  private static double[] moments(float[] rows) {
    int n = rows.length / 2;
    double[] moments = new double[4];
    for (int i = 0; i < n; i++) {
      moments[0] += rows[2 * i] / (double) n;
      moments[1] += rows[2 * i + 1] / (double) n;
    }
    for (int i = 0; i < n; i++) {
      moments[2] += Math.pow(rows[2 * i] - moments[0], 2) / n;
      moments[3] += Math.pow(rows[2 * i + 1] - moments[1], 2) / n;
    }
    return new double[] {moments[0], moments[1], Math.sqrt(moments[2]), Math.sqrt(moments[3])};
  }

  @Test
  void syntheticDataHasItsKnownMoments() {
    int n = 200_000;
    double tolerance = 5 * 0.87 / Math.sqrt(n) + 5e-4; // and the known values' rounding
    assertThat(moments(new TwoMoons(0.05).rows(n, 1)))
        .containsExactly(new double[] {0.5, 0.25, 0.867, 0.497}, within(tolerance));
    assertThat(moments(new GaussianMixture(8, 0.05, 1).rows(n, 1)))
        .containsExactly(new double[] {0, 0, 0.709, 0.709}, within(tolerance));
  }
}
