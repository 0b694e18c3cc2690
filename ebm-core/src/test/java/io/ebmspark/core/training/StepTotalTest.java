package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StepTotalTest {
  private static final int SIZE = 5;

  /** Shards whose sums depend on the order of addition, some of them without rows. */
  private static List<StepSums> shards(Random random, int count) {
    List<StepSums> shards = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (random.nextInt(5) == 0) {
        shards.add(StepSums.NONE);
        continue;
      }
      float[] gradient = new float[SIZE];
      for (int j = 0; j < SIZE; j++) {
        gradient[j] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(6)));
      }
      double energy = random.nextGaussian() * Math.pow(10, random.nextInt(6));
      shards.add(
          new StepSums(1 + random.nextInt(9), 1 / energy, gradient, Map.of("energy", energy)));
    }
    return shards;
  }

  private static StepSums copy(StepSums sums) {
    return new StepSums(sums.rows(), sums.loss(), sums.gradient().clone(), sums.report());
  }

  private static StepTotal total(List<StepSums> shards, int first, int end) {
    StepTotal total = new StepTotal(first);
    for (StepSums sums : shards.subList(first, end)) {
      total.add(copy(sums));
    }
    return total;
  }

  /** The tree by its definition, over {@code size} leaves, a power of two. */
  private static StepSums tree(List<StepSums> shards, int first, int size) {
    if (first >= shards.size()) {
      return StepSums.NONE;
    }
    if (size == 1) {
      return copy(shards.get(first));
    }
    StepSums left = tree(shards, first, size / 2);
    StepSums right = tree(shards, first + size / 2, size / 2);
    if (left.rows() == 0 || right.rows() == 0) {
      return left.rows() == 0 ? right : left;
    }
    float[] gradient = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      gradient[i] = left.gradient()[i] + right.gradient()[i];
    }
    return new StepSums(
        left.rows() + right.rows(),
        left.loss() + right.loss(),
        gradient,
        Map.of("energy", left.report().get("energy") + right.report().get("energy")));
  }

  private static void assertSame(StepSums found, StepSums expected) {
    assertThat(found.rows()).isEqualTo(expected.rows());
    assertThat(found.loss()).isEqualTo(expected.loss());
    assertThat(found.gradient()).containsExactly(expected.gradient());
    assertThat(found.report()).isEqualTo(expected.report());
  }

  @Test
  void anyRunsJoinedInAnyOrderGiveTheBitsOfTheTree() {
    Random random = new Random(1);
    int unlikeInOrder = 0;
    for (int attempt = 0; attempt < 2_000; attempt++) {
      List<StepSums> shards = shards(random, 1 + random.nextInt(70));
      StepSums expected = tree(shards, 0, 128);
      List<StepTotal> totals = new ArrayList<>();
      int first = 0;
      while (first < shards.size()) {
        int end = first + 1 + random.nextInt(Math.min(20, shards.size() - first));
        totals.add(total(shards, first, end));
        first = end;
      }
      while (totals.size() > 1) {
        int at = random.nextInt(totals.size() - 1);
        totals.get(at).append(totals.remove(at + 1));
      }
      assertThat(totals.get(0).shards()).isEqualTo(shards.size());
      assertThat(totals.get(0).rows()).isEqualTo(expected.rows());
      assertSame(totals.get(0).whole(), expected);
      double inOrder = shards.stream().mapToDouble(StepSums::loss).sum();
      unlikeInOrder += inOrder == expected.loss() ? 0 : 1;
    }
    // With these numbers the order of addition matters.
    assertThat(unlikeInOrder).isGreaterThan(500);
  }

  @Test
  void aRunHoldsTheFewVectorsItAnnounces() {
    List<StepSums> shards = shards(new Random(2), 70);
    for (int first = 0; first < 70; first++) {
      for (int end = first + 1; end <= 70; end++) {
        int nodes = total(shards, first, end).nodes();
        assertThat(new ShardRun(first, end).vectors()).isEqualTo(nodes);
        assertThat(nodes).isLessThanOrEqualTo(2 * 32 - 2 * Integer.numberOfLeadingZeros(70));
      }
    }
    assertThat(new ShardRun(0, 64).vectors()).isOne();
    assertThat(new ShardRun(48, 64).vectors()).isOne();
    assertThat(new ShardRun(1, 8).vectors()).isEqualTo(3);
  }

  @Test
  void runsCoverAllShardsAndAreAboutAsLong() {
    for (int shards = 1; shards <= 300; shards++) {
      for (int runs = 1; runs <= 40; runs++) {
        List<ShardRun> cut = ShardRun.of(shards, runs);
        assertThat(cut).hasSize(Math.min(shards, runs));
        int next = 0;
        double mean = (double) shards / cut.size();
        for (ShardRun run : cut) {
          assertThat(run.first()).isEqualTo(next);
          assertThat((double) run.length()).isBetween(mean - 1 - mean / 8, mean + 1 + mean / 8);
          next = run.end();
        }
        assertThat(next).isEqualTo(shards);
      }
    }
    assertThat(ShardRun.of(64, 2)).allMatch(run -> run.vectors() == 1);
    assertThat(ShardRun.of(64, 3).stream().mapToInt(ShardRun::vectors).sum()).isEqualTo(10);
  }

  @Test
  void theFirstShardWithAProblemIsNamed() {
    List<StepTotal> totals = List.of(new StepTotal(0), new StepTotal(3), new StepTotal(5));
    for (int i = 0; i < 3; i++) {
      totals.get(0).add(StepSums.NONE);
    }
    totals.get(1).add(StepSums.NONE);
    totals.get(1).report("a loss is NaN", 4);
    totals.get(1).add(StepSums.NONE);
    totals.get(2).report("a gradient is NaN", 5);
    totals.get(2).add(StepSums.NONE);
    // Joined from the right, so that the later problem is seen first.
    totals.get(1).append(totals.get(2));
    totals.get(0).append(totals.get(1));
    assertThat(totals.get(0).problem()).isEqualTo("a loss is NaN (shard 4)");
  }

  @Test
  void gapsAndSpentTotalsAreRefused() {
    List<StepSums> shards = shards(new Random(3), 6);
    StepTotal total = total(shards, 0, 2);
    assertThatThrownBy(() -> total.append(total(shards, 3, 6)))
        .hasMessage("shard 3 does not follow a run that ends before 2");
    assertThatThrownBy(() -> total(shards, 3, 6).whole()).hasMessage("shards before 3 are missing");
    StepSums whole = copy(total.whole());
    assertSame(total.whole(), whole);
    assertThatThrownBy(() -> total.append(total(shards, 2, 3)))
        .hasMessage("the total has already been taken");
  }

  @Test
  void aTotalThatHasTravelledIsJoinedLikeTheOneThatWasSent() throws Exception {
    Random random = new Random(6);
    List<StepSums> shards = shards(random, 23);
    StepTotal left = total(shards, 0, 9);
    left.add(new ChainEnds(new int[] {4, 7}, new float[] {1, 2}));
    left.append(travelled(total(shards, 9, 14)));
    StepTotal whole = travelled(left);
    assertThat(whole.firstShard()).isZero();
    assertThat(whole.endShard()).isEqualTo(14);
    assertThat(whole.chainEnds()).hasSize(1);
    assertThat(whole.chainEnds().get(0).positions()).containsExactly(4, 7);
    StepTotal last = total(shards, 14, 22);
    last.report("loss is NaN", 22);
    last.add(copy(shards.get(22)));
    whole.append(travelled(last));
    assertThat(whole.problem()).isEqualTo("loss is NaN (shard 22)");
    assertSame(whole.whole(), tree(shards, 0, 32));
  }

  private static StepTotal travelled(StepTotal total) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(total);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (StepTotal) in.readObject();
    }
  }
}
