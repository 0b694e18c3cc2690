package io.ebmspark.core.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
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
}
