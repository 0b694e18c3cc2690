package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NeighboursTest {
  private static final int WIDTH = 3;
  private static final double H = 0.2;

  private static float[] normals(int count, long seed) {
    float[] values = new float[count];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, count);
    return values;
  }

  /** The energy and its gradient at rows x, with kept rows chosen as {@link Neighbours} does. */
  private static float[] on(
      float[] chosen, float[] x, Function<Neighbours, Function<Tensor, Tensor>> of) {
    try (TensorScope scope = TensorScope.open()) {
      ParameterLayout layout =
          ParameterLayout.of(Neighbours.of(chosen.length / (WIDTH + 1), WIDTH));
      Neighbours neighbours =
          new Neighbours(Weights.of(layout, scope.upload(chosen, chosen.length)));
      return of.apply(neighbours).apply(scope.upload(x, x.length / WIDTH, WIDTH)).toFloats();
    }
  }

  private static float[] energies(float[] kept, float[] x) {
    float[] chosen = Neighbours.chosen(kept, kept.length / WIDTH, WIDTH);
    return on(chosen, x, neighbours -> neighbours::value);
  }

  private static double square(float[] a, int i, float[] b, int j) {
    double square = 0;
    for (int k = 0; k < WIDTH; k++) {
      double apart = a[i * WIDTH + k] - b[j * WIDTH + k];
      square += apart * apart;
    }
    return square;
  }

  /** The definition, in double precision. */
  private static double energy(float[] kept, float[] x, int row) {
    int count = kept.length / WIDTH;
    double[] exponents = new double[count];
    for (int i = 0; i < count; i++) {
      int r = i;
      double apart =
          IntStream.range(0, count)
              .filter(j -> j != r)
              .mapToDouble(j -> square(kept, r, kept, j))
              .min()
              .orElseThrow();
      exponents[i] = -Math.max(square(x, row, kept, i), apart) / (2 * H * H);
    }
    double largest = Arrays.stream(exponents).max().orElseThrow();
    double sum = Arrays.stream(exponents).map(e -> Math.exp(e - largest)).sum();
    return -largest - Math.log(sum);
  }

  @Test
  void isTheKernelDensityOfReachabilityDistances() {
    float[] kept = normals(300 * WIDTH, 1);
    float[] x = Arrays.copyOf(normals(150 * WIDTH, 2), 160 * WIDTH);
    System.arraycopy(kept, 0, x, 150 * WIDTH, 10 * WIDTH);
    float[] found = energies(kept, x);
    for (int row = 0; row < found.length; row++) {
      double exact = energy(kept, x, row);
      assertThat((double) found[row]).isCloseTo(exact, within(1e-4 * (10 + exact)));
    }
  }

  /**
   * A kept row is as unusual as without itself, but that the nearest of the others may count twice.
   */
  @Test
  void aKeptRowIsNotItsOwnNeighbour() {
    float[] kept = normals(300 * WIDTH, 1);
    kept[0] = 50;
    for (int row = 0; row < 20; row++) {
      float[] own = Arrays.copyOfRange(kept, row * WIDTH, (row + 1) * WIDTH);
      double density = 0;
      for (int i = 0; i < 300; i++) {
        density += i == row ? 0 : Math.exp(-square(own, 0, kept, i) / (2 * H * H));
      }
      float energy = energies(kept, own)[0];
      if (row == 0) {
        assertThat(density).isZero();
        assertThat(energy).isGreaterThan(10_000);
      } else {
        double alone = -Math.log(density);
        assertThat((double) energy).isBetween(alone - Math.log(2) - 1e-2, alone + 1e-2);
      }
    }
  }

  /** A copy of a row is a neighbour; a fresh row has all kept ones around it, the nearest too. */
  @Test
  void copiesAndTheNearestCount() {
    float[] kept = {1, 2, 3, 1, 2, 3, 40, 50, 60};
    float apart = 0.1f;
    float[] x = {1, 2, 3, 1, 2, 3 + apart};
    float[] found = energies(kept, x);
    assertThat(found[0]).isCloseTo((float) -Math.log(2), within(1e-3f));
    assertThat(found[1] - found[0]).isCloseTo((float) (apart * apart / (2 * H * H)), within(1e-3f));
  }

  @Test
  void theGradientIsThatOfTheEnergy() {
    float[] kept = normals(100 * WIDTH, 3);
    float[] x = normals(20 * WIDTH, 4);
    float[] chosen = Neighbours.chosen(kept, 100, WIDTH);
    float[] gradient = on(chosen, x, neighbours -> neighbours::gradient);
    double step = 1e-5;
    for (int i = 0; i < x.length; i++) {
      float[] up = x.clone();
      float[] down = x.clone();
      up[i] += (float) step;
      down[i] -= (float) step;
      int row = i / WIDTH;
      double slope = (energy(kept, up, row) - energy(kept, down, row)) / ((double) up[i] - down[i]);
      assertThat((double) gradient[i]).isCloseTo(slope, within(0.02 * (1 + Math.abs(slope))));
    }
  }

  /** Places beyond the rows there are change nothing. */
  @Test
  void emptyPlacesAreNobodysNeighbours() {
    float[] sample = normals(40 * WIDTH, 5);
    float[] x = normals(10 * WIDTH, 6);
    float[] spare = Neighbours.chosen(sample, 64, WIDTH);
    assertThat(on(spare, x, neighbours -> neighbours::value))
        .containsExactly(energies(sample, x), within(1e-4f));
    assertThat(Neighbours.chosen(sample, 10, WIDTH)).hasSize(10 * WIDTH + 10);
    assertThat(Arrays.copyOf(Neighbours.chosen(sample, 10, WIDTH), 2 * WIDTH))
        .containsExactly(sample[0], sample[1], sample[2], sample[12], sample[13], sample[14]);
  }
}
