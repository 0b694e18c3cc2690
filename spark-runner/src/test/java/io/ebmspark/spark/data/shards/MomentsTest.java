package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MomentsTest {
  /** Several values at once give the bits of one after the other. */
  @Test
  void wholeRowsAreAddedAsOthersAre() {
    Random random = new Random(5);
    Moments whole = new Moments(13);
    Moments oneByOne = new Moments(13);
    for (int row = 0; row < 20_000; row++) {
      double[] values = random.doubles(13, -1e3, 1e6).toArray();
      double weight = row % 3 == 0 ? 1 : random.nextDouble();
      whole.add(values, weight, 1 + row % 2, true);
      oneByOne.add(values, weight, 1 + row % 2, false);
    }
    assertThat(whole).usingRecursiveComparison().isEqualTo(oneByOne);
    assertThat(whole.present).containsOnly(30_000L);
  }
}
