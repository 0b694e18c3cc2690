package io.ebmspark.core.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RandomStreamTest {
  private static final int N = 200_000;

  /** The known answers of Random123 1.14. */
  @ParameterizedTest
  @CsvSource({
    "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1",
  })
  void philoxGivesTheKnownAnswers(String counter, String key, String answer) {
    int[] c = words(counter);
    int[] k = words(key);
    int[] out = new int[4];
    Philox4x32.words(c[0], c[1], c[2], c[3], k[0], k[1], out);
    assertThat(out).containsExactly(words(answer));
  }

  private static int[] words(String hex) {
    return Arrays.stream(hex.trim().split(" "))
        .mapToInt(word -> Integer.parseUnsignedInt(word, 16))
        .toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "0.975, 1.959963984540054",
    "0.5, 0",
    "0.99, 2.3263478740408408",
    "1e-6, -4.753424308822899",
    "1e-10, -6.361340902404056",
    "0.3, -0.5244005127080407",
  })
  void quantilesAreThoseOfTheNormal(double p, double expected) {
    assertThat(NormalQuantile.at(p)).isCloseTo(expected, within(1e-14 + 1e-15 * 8));
    assertThat((double) NormalQuantile.floatAt(p - 0.5))
        .isCloseTo(expected, within(2e-6 * (1e-2 + Math.abs(expected))));
  }

  private static float[] normals(long seed) {
    float[] values = new float[N];
    RandomStream.of(seed, Purpose.CHECK, 3).normals(9, 0, values, 0, N);
    return values;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, -7, Long.MAX_VALUE})
  void normalsHaveTheMomentsOfTheNormal(long seed) {
    double mean = 0;
    double square = 0;
    double cube = 0;
    double fourth = 0;
    for (float x : normals(seed)) {
      mean += x / (double) N;
      square += x * (double) x / N;
      cube += Math.pow(x, 3) / N;
      fourth += Math.pow(x, 4) / N;
    }
    // Five standard errors: Var x = 1, Var x² = 2, Var x³ = 15, Var x⁴ = 96.
    double z = 5 / Math.sqrt(N);
    assertThat(mean).isCloseTo(0, within(z));
    assertThat(square).isCloseTo(1, within(z * Math.sqrt(2)));
    assertThat(cube).isCloseTo(0, within(z * Math.sqrt(15)));
    assertThat(fourth).isCloseTo(3, within(z * Math.sqrt(96)));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3})
  void normalsPassKolmogorovAndSmirnov(long seed) {
    float[] values = normals(seed);
    assertThat(distance(values, 1)).as("α = 1e-5").isLessThan(2.47 / Math.sqrt(N));
    // The control: four hundredths too wide is detected.
    assertThat(distance(values, 1.04)).isGreaterThan(2.47 / Math.sqrt(N));
  }

  private static double distance(float[] values, double scale) {
    double[] sorted = new double[values.length];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = values[i] * scale;
    }
    Arrays.sort(sorted);
    double largest = 0;
    int at = 0;
    // The distribution function is inverted on a grid, which the quantiles above were checked on.
    for (int i = 1; i < 4_000; i++) {
      double p = i / 4_000.0;
      double x = NormalQuantile.at(p);
      while (at < sorted.length && sorted[at] <= x) {
        at++;
      }
      largest = Math.max(largest, Math.abs((double) at / sorted.length - p));
    }
    return largest;
  }

  @Test
  void noUniformReachesTheEndsOfItsInterval() {
    assertThat(RandomStream.unitFloat(0)).isPositive();
    assertThat(RandomStream.unitFloat(-1)).isLessThan(1);
    assertThat(RandomStream.unitFloat(-1 << 8)).isLessThan(1);
  }

  @Test
  void uniformsAreInsideTheOpenIntervalAndEven() {
    float[] values = new float[N];
    RandomStream.of(5, Purpose.CHECK, 0).uniforms(0, 0, values, 0, N);
    int[] bins = new int[100];
    for (float u : values) {
      assertThat(u).isGreaterThan(0f).isLessThan(1f);
      bins[(int) (100 * u)]++;
    }
    double chi =
        Arrays.stream(bins).mapToDouble(n -> Math.pow(n - N / 100.0, 2) / (N / 100.0)).sum();
    // 99 degrees of freedom: mean 99, deviation 14.1.
    assertThat(chi).isBetween(99 - 5 * 14.1, 99 + 5 * 14.1);
  }

  @Test
  void neighbouringAddressesAreIndependent() {
    float[] base = new float[N];
    RandomStream.of(1, Purpose.CHECK, 4).normals(7, 0, base, 0, N);
    float[][] others = new float[5][N];
    RandomStream.of(2, Purpose.CHECK, 4).normals(7, 0, others[0], 0, N);
    RandomStream.of(1, Purpose.PROBE, 4).normals(7, 0, others[1], 0, N);
    RandomStream.of(1, Purpose.CHECK, 5).normals(7, 0, others[2], 0, N);
    RandomStream.of(1, Purpose.CHECK, 4).normals(8, 0, others[3], 0, N);
    RandomStream.of(1, Purpose.CHECK, 4).normals(7, 1, others[4], 0, N);
    for (float[] other : others) {
      double product = 0;
      double squares = 0;
      for (int i = 0; i < N; i++) {
        product += base[i] * (double) other[i] / N;
        squares += (base[i] * base[i] - 1.0) * (other[i] * other[i] - 1.0) / N;
      }
      assertThat(product).isCloseTo(0, within(5 / Math.sqrt(N)));
      assertThat(squares).isCloseTo(0, within(5 * 2 / Math.sqrt(N)));
    }
  }

  @Test
  void elementsHaveOneValueHoweverTheyAreAskedFor() {
    RandomStream stream = RandomStream.of(3, Purpose.CHAIN_NOISE, 17);
    float[] whole = new float[37];
    stream.normals(5, 11, whole, 0, 37);
    float[] pieces = new float[37];
    int from = 0;
    for (int length : new int[] {1, 2, 3, 4, 5, 6, 7, 9}) {
      stream.normals(5, 11 + from, pieces, from, from + length);
      from += length;
    }
    assertThat(pieces).containsExactly(whole);
  }

  /** More than one piece of 512, pieces that end inside a block, and rows narrower than a block. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 0",
    "3, 2, 1",
    "700, 1, 0",
    "700, 3, 2",
    "41, 29, 0",
    "5, 600, 7",
    "2, 512, 4"
  })
  void drawsOfManyIndicesAreThoseOfEach(int indices, int width, long first) {
    RandomStream stream = RandomStream.of(3, Purpose.CHAIN_NOISE, -17);
    long[] chains = LongStream.range(0, indices).map(i -> ((i * i) << 31) - 5).toArray();
    float[] normals = new float[indices * width + 2];
    float[] uniforms = new float[indices * width + 2];
    stream.normals(chains, first, width, normals, 1);
    stream.uniforms(chains, first, width, uniforms, 1);
    float[] expectedNormals = new float[normals.length];
    float[] expectedUniforms = new float[normals.length];
    for (int i = 0; i < indices; i++) {
      for (int k = 0; k < width; k++) { // one at a time
        int at = 1 + i * width + k;
        stream.normals(chains[i], first + k, expectedNormals, at, at + 1);
        stream.uniforms(chains[i], first + k, expectedUniforms, at, at + 1);
      }
    }
    assertThat(normals).containsExactly(expectedNormals);
    assertThat(uniforms).containsExactly(expectedUniforms);
  }

  /** Models trained by an earlier release are drawn from, and evaluated, as they were by it. */
  @Test
  void drawsAreThoseOfEarlierReleases() {
    RandomStream stream = RandomStream.of(1, Purpose.CHAIN_NOISE, 7);
    long[] chains = LongStream.range(0, 512).map(i -> i * 3 + (1L << 34)).toArray();
    float[] values = new float[512 * 320];
    stream.normals(chains, 5, 320, values, 0);
    assertThat(Arrays.hashCode(values)).isEqualTo(-1789638615);
    stream.uniforms(chains, 5, 320, values, 0);
    assertThat(Arrays.hashCode(values)).isEqualTo(1693123349);
  }

  @Test
  void addressesBeyondAStreamAreRefused() {
    RandomStream stream = RandomStream.of(3, Purpose.CHAIN_NOISE, 17);
    float[] values = new float[40];
    assertThatThrownBy(() -> stream.normals(0, (1L << 34) - 20, values, 0, 40))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("beyond a stream's reach");
    assertThatThrownBy(() -> stream.normals(0, -8, values, 0, 40))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void threadsAndCompilersAgree() {
    int first = Arrays.hashCode(normals(11));
    Set<Integer> seen = new HashSet<>(Set.of(first));
    IntStream.range(0, 32)
        .parallel()
        .map(i -> Arrays.hashCode(normals(11)))
        .boxed()
        .toList()
        .forEach(seen::add);
    assertThat(seen).hasSize(1);
  }

  @Test
  void permutationsAreBijections() {
    for (int size = 1; size < 300; size++) {
      Permutation order = Permutation.of(4, Purpose.EPOCH_ORDER, size, size);
      long[] image = IntStream.range(0, size).mapToLong(order::at).sorted().toArray();
      for (int i = 0; i < size; i++) {
        assertThat(image[i]).isEqualTo(i);
      }
    }
    Permutation large = Permutation.of(4, Purpose.EPOCH_ORDER, 0, 1L << 40);
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      assertThat(large.at(i)).isBetween(0L, (1L << 40) - 1);
      seen.add(large.at(i));
    }
    assertThat(seen).hasSize(10_000);
  }

  /** The Feistel network by its definition, one element at a time. */
  private static long element(long key, long size, long position) {
    int bits = Math.max(2, 64 - Long.numberOfLeadingZeros(size - 1));
    int half = (bits + 1) / 2;
    long mask = (1L << half) - 1;
    long value = position;
    do {
      long left = value >>> half;
      long right = value & mask;
      for (int round = 1; round <= 8; round++) {
        long roundKey = RandomStream.mix(key + 0x9E3779B97F4A7C15L * round);
        long next = left ^ (RandomStream.mix(right + roundKey) & mask);
        left = right;
        right = next;
      }
      value = left << half | right;
    } while (value >= size);
    return value;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 5, 16, 17, 1_000, 70_001, 1L << 33, (1L << 40) + 12_345})
  void permutationsInBulkAreTheNetworkByItsDefinitionAndBack(long size) {
    Permutation order = Permutation.of(4, Purpose.EPOCH_ORDER, 7, size);
    long key =
        RandomStream.mix(RandomStream.mix(4 + ((long) Purpose.EPOCH_ORDER.code() << 56)) + 7);
    int count = (int) Math.min(size, 2_000);
    long first = (size - count) / 2;
    long[] elements = new long[count + 3];
    order.elements(first, elements, 3, count + 3);
    long[] back = new long[1];
    for (int i = 0; i < count; i++) {
      assertThat(elements[3 + i]).isEqualTo(element(key, size, first + i));
      order.positions(elements[3 + i], back, 0, 1);
      assertThat(back[0]).isEqualTo(first + i);
    }
    long[] positions = new long[count];
    order.positions(first, positions, 0, count);
    for (int i = 0; i < count; i++) {
      assertThat(order.at(positions[i])).isEqualTo(first + i);
    }
  }

  @Test
  void permutationsAreEvenOverAddresses() {
    int[] first = new int[10];
    for (int step = 0; step < 20_000; step++) {
      first[(int) Permutation.of(1, Purpose.EPOCH_ORDER, step, 10).at(0)]++;
    }
    double chi = Arrays.stream(first).mapToDouble(n -> Math.pow(n - 2_000, 2) / 2_000).sum();
    // 9 degrees of freedom: the 1e-6 quantile is 45.
    assertThat(chi).isLessThan(45);
  }
}
