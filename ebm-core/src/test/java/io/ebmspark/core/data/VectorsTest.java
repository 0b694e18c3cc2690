package io.ebmspark.core.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class VectorsTest {
  @Test
  void oneElementThatIsNotFiniteIsFoundWhereverItIs() {
    for (int length = 0; length < 12; length++) {
      float[] values = new float[length];
      Arrays.fill(values, -Float.MAX_VALUE);
      assertThat(Vectors.isFinite(values)).isTrue();
      assertThat(Vectors.firstNotFinite(values)).isEqualTo(-1);
      for (int i = 0; i < length; i++) {
        for (float bad :
            new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
          float[] one = values.clone();
          one[i] = bad;
          assertThat(Vectors.isFinite(one)).as("%f at %d of %d", bad, i, length).isFalse();
          assertThat(Vectors.isFinite(one, i + 1, length)).isTrue();
          assertThat(Vectors.isFinite(one, 0, i)).isTrue();
          assertThat(Vectors.firstNotFinite(one)).isEqualTo(i);
        }
      }
    }
  }

  @Test
  void everyElementIsWorkedOnOnce() {
    for (int length : new int[] {0, 1, 262_143, 262_144, 262_145, 1_000_003}) {
      AtomicIntegerArray times = new AtomicIntegerArray(length);
      Vectors.each(
          length,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              times.incrementAndGet(i);
            }
          });
      for (int i = 0; i < length; i++) {
        if (times.get(i) != 1) {
          assertThat(times.get(i)).as("element %d of %d", i, length).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void sumOfSquaresTakesEveryElementOnceInTheSameOrderOnAnyNumberOfThreads() throws Exception {
    for (int length : new int[] {0, 1, 3, 4, 5, 65_536, 262_143, 262_144, 327_680, 1_000_003}) {
      float[] whole = new float[length]; // whose squares and their sums are exact
      float[] random = new float[length];
      Random numbers = new Random(length);
      double expected = 0;
      for (int i = 0; i < length; i++) {
        whole[i] = numbers.nextInt(1_000) - 500;
        expected += (double) whole[i] * whole[i];
        random[i] = numbers.nextFloat() - 0.5f;
      }
      assertThat(Vectors.sumOfSquares(whole)).as("of %d", length).isEqualTo(expected);
      double here = Vectors.sumOfSquares(random);
      for (int threads : new int[] {1, 3}) {
        ForkJoinPool pool = new ForkJoinPool(threads);
        assertThat(pool.submit(() -> Vectors.sumOfSquares(random)).get()).isEqualTo(here);
        pool.shutdown();
      }
    }
  }
}
