package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.data.RowBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EveryNthTest {
  @Test
  void theSameRowsAreChosenHoweverTheyAreCut() {
    Random random = new Random(1);
    for (int attempt = 0; attempt < 300; attempt++) {
      int rows = 1 + random.nextInt(60);
      long stride = 1L + random.nextInt(9);
      List<Float> chosen = new ArrayList<>();
      int first = 0;
      while (first < rows) {
        int count = Math.min(rows - first, random.nextInt(12));
        float[] values = new float[2 * count];
        for (int i = 0; i < values.length; i++) {
          values[i] = 2 * first + i;
        }
        for (float value : new EveryNth(stride).of(new RowBlock(first, 2, values))) {
          chosen.add(value);
        }
        first += count;
      }
      List<Float> expected = new ArrayList<>();
      for (int row = 0; row < rows; row += (int) stride) {
        expected.add(2f * row);
        expected.add(2f * row + 1);
      }
      assertThat(chosen).isEqualTo(expected);
    }
  }
}
