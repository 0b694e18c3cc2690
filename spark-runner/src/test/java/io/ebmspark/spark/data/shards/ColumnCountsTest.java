package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.Frequency;
import io.ebmspark.spark.data.encoding.Levels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ColumnCountsTest {
  private static int bytes(Object sent) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(sent);
    }
    return bytes.size();
  }

  /** The driver takes those of thousands of shards, each of every column, at once. */
  @Test
  void countsOfManyLevelsAreSmallOnTheirWay() throws IOException {
    List<String> names =
        IntStream.range(0, Frequency.MOST_LEVELS).mapToObj(String::valueOf).toList();
    ColumnCounts kind = ColumnCounts.byLevel(Levels.of(names, ColumnKind.NUMBER));
    ColumnCounts whole = kind.empty();
    long[] all = new long[names.size() + 2];
    long[] trained = new long[all.length];
    Random random = new Random(1);
    for (int shard = 0; shard < 3; shard++) {
      ColumnCounts counts = kind.empty();
      for (int row = 0; row < 300_000; row++) {
        int level = (int) (names.size() * 1.001 * Math.pow(random.nextDouble(), 2));
        boolean isTrained = random.nextInt(10) > 0;
        long rows = row == 7 ? 5_000_000_000L : 1;
        counts.add(row % 100 == 0 ? Double.NaN : level, isTrained, rows);
        int place = row % 100 == 0 ? all.length - 1 : Math.min(level, names.size());
        all[place] += rows;
        trained[place] += isTrained ? rows : 0;
      }
      counts.pack();
      assertThat(bytes(counts)).isLessThan(3 * names.size());
      whole.merge(counts);
    }
    assertThat(whole.levels(true)).isEqualTo(all);
    assertThat(whole.levels(false)).isEqualTo(trained);
  }

  @Test
  void countsByMagnitudeAreThoseOfAllShards() throws IOException {
    ColumnCounts whole = ColumnCounts.byMagnitude();
    ColumnCounts together = ColumnCounts.byMagnitude();
    Random random = new Random(2);
    for (int shard = 0; shard < 3; shard++) {
      ColumnCounts counts = ColumnCounts.byMagnitude();
      for (int row = 0; row < 10_000; row++) {
        double value = row == 0 ? 0 : random.nextGaussian() * Math.exp(3 * random.nextGaussian());
        boolean isTrained = random.nextBoolean();
        counts.add(value, isTrained, 1 + row % 3);
        together.add(value, isTrained, 1 + row % 3);
      }
      counts.pack();
      assertThat(bytes(counts)).isLessThan(20_000);
      whole.merge(counts);
    }
    for (boolean ofAll : new boolean[] {true, false}) {
      assertThat(magnitudes(whole, ofAll)).isEqualTo(magnitudes(together, ofAll));
    }
  }

  private static Map<Double, Long> magnitudes(ColumnCounts counts, boolean ofAll) {
    Map<Double, Long> found = new TreeMap<>();
    counts.magnitudes(ofAll, found::put);
    return found;
  }
}
