package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class NeighboursTest {
  private static final int WIDTH = 3;
  private static final double H = 0.2;

  private static float[] normals(int count, long seed) {
    float[] values = new float[count];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, count);
    return values;
  }

  private static float[] on(
      float[] kept, float[] x, Function<Neighbours, Function<Tensor, Tensor>> of) {
    try (TensorScope scope = TensorScope.open()) {
      ParameterLayout layout = ParameterLayout.of(Neighbours.of(kept.length / WIDTH, WIDTH));
      Neighbours neighbours = new Neighbours(Weights.of(layout, scope.upload(kept, kept.length)));
      return of.apply(neighbours).apply(scope.upload(x, x.length / WIDTH, WIDTH)).toFloats();
    }
  }

  private static float[] energies(float[] kept, float[] x) {
    return on(kept, x, neighbours -> neighbours::value);
  }

  /** The definition, in double precision. */
  private static double energy(float[] kept, float[] x, int row) {
    double[] exponents = new double[kept.length / WIDTH];
    for (int i = 0; i < exponents.length; i++) {
      for (int j = 0; j < WIDTH; j++) {
        double apart = x[row * WIDTH + j] - kept[i * WIDTH + j];
        exponents[i] -= apart * apart / (2 * H * H);
      }
    }
    Arrays.sort(exponents);
    double next = exponents[exponents.length - 2];
    double sum = 0;
    for (int i = 0; i < exponents.length - 1; i++) {
      sum += Math.exp(exponents[i] - next);
    }
    return -next - Math.log(sum);
  }

  @Test
  void isTheKernelDensityOfAllButTheNearest() {
    float[] kept = normals(300 * WIDTH, 1);
    float[] x = normals(150 * WIDTH, 2);
    float[] found = energies(kept, x);
    for (int row = 0; row < found.length; row++) {
      double exact = energy(kept, x, row);
      assertThat((double) found[row]).isCloseTo(exact, within(1e-4 * (10 + exact)));
    }
  }

  /** A kept row has the energy it would have if it had not been kept. */
  @Test
  void aKeptRowIsNotItsOwnNeighbour() {
    float[] kept = normals(300 * WIDTH, 1);
    float[] others = Arrays.copyOfRange(kept, WIDTH, kept.length);
    float[] twice = new float[others.length + WIDTH];
    System.arraycopy(others, 0, twice, 0, others.length);
    System.arraycopy(kept, 0, twice, others.length, WIDTH);
    float[] first = Arrays.copyOf(kept, WIDTH);
    float alone = energies(kept, first)[0];
    assertThat(alone).isEqualTo(energies(twice, first)[0]);
    // A copy of it is a neighbour, and no longer far.
    float[] withCopy = kept.clone();
    System.arraycopy(first, 0, withCopy, 7 * WIDTH, WIDTH);
    assertThat(energies(withCopy, first)[0]).isLessThan(0.01f).isLessThan(alone);
  }

  @Test
  void theGradientIsThatOfTheEnergy() {
    float[] kept = normals(100 * WIDTH, 3);
    float[] x = normals(20 * WIDTH, 4);
    float[] gradient = on(kept, x, neighbours -> neighbours::gradient);
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
    assertThat(energies(spare, x)).containsExactly(energies(sample, x), within(1e-4f));
    assertThat(Neighbours.chosen(sample, 10, WIDTH)).hasSize(10 * WIDTH);
    assertThat(Arrays.copyOf(Neighbours.chosen(sample, 10, WIDTH), 2 * WIDTH))
        .containsExactly(sample[0], sample[1], sample[2], sample[12], sample[13], sample[14]);
  }
}
