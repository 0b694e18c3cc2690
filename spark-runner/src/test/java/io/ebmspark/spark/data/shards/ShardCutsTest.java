package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ShardCutsTest {
  @Test
  void rangesOfAboutOneSizeAreShards() {
    ShardCuts cuts = ShardCuts.of(new long[] {100, 130, 0, 90});
    assertThat(cuts.isByHash()).isTrue();
    assertThat(cuts.sizes()).containsExactly(100, 130, 0, 90);
    assertThat(cuts.all()).isEqualTo(320);
    assertThat(ShardCuts.of(new long[] {3, 0, 60}).isByHash()).isTrue();
  }

  /** Whatever the ranges, shards are as even as can be, and read what they need and no more. */
  @Test
  void unevenRangesAreCutAgain() {
    Random random = new Random(3);
    int again = 0;
    for (int run = 0; run < 500; run++) {
      long[] rows = new long[1 + random.nextInt(9)];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = random.nextInt(4) == 0 ? 0 : random.nextInt(30);
      }
      rows[random.nextInt(rows.length)] += random.nextInt(2) * 1_000L;
      ShardCuts cuts = ShardCuts.of(rows);
      long all = cuts.all();
      assertThat(all).isEqualTo(java.util.Arrays.stream(rows).sum());
      again += cuts.isByHash() ? 0 : 1;
      for (int shard = 0; shard < rows.length; shard++) {
        if (cuts.isByHash()) {
          assertThat(cuts.rows(shard)).isEqualTo(rows[shard]);
        } else {
          assertThat(cuts.rows(shard)).isBetween(all / rows.length, all / rows.length + 1);
        }
        if (cuts.rows(shard) > 0) {
          int first = cuts.firstRange(shard);
          int end = cuts.endRange(shard);
          assertThat(cuts.ranges()[first]).isLessThanOrEqualTo(cuts.shards()[shard]);
          assertThat(cuts.ranges()[first + 1]).isGreaterThan(cuts.shards()[shard]);
          assertThat(cuts.ranges()[end]).isGreaterThanOrEqualTo(cuts.shards()[shard + 1]);
          assertThat(cuts.ranges()[end - 1]).isLessThan(cuts.shards()[shard + 1]);
        }
      }
    }
    assertThat(again).isBetween(50, 450);
  }
}
