package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpreadTest {
  private static Spread.Executor executor(String id, int cores) {
    return new Spread.Executor(id, "host" + id, cores);
  }

  private static int[] ends(int runs) {
    return IntStream.rangeClosed(1, runs).toArray();
  }

  private static List<Set<String>> heldBy(String... ids) {
    return Arrays.stream(ids).map(id -> id.isEmpty() ? Set.<String>of() : Set.of(id)).toList();
  }

  @Test
  void whatIsSpreadAlreadyStays() {
    assertThat(
            Spread.of(
                ends(4), heldBy("2", "1", "1", "2"), List.of(executor("1", 1), executor("2", 1))))
        .containsExactly(1, 0, 0, 1);
  }

  @Test
  void anExecutorThatJoinsTakesItsShareAndNoMoreThanThatMoves() {
    int[] chosen =
        Spread.of(
            ends(6),
            heldBy("1", "2", "1", "2", "1", "2"),
            List.of(executor("1", 1), executor("2", 1), executor("3", 1)));
    assertThat(IntStream.of(chosen).filter(e -> e == 2).count()).isEqualTo(2);
    assertThat(IntStream.range(0, 6).filter(i -> chosen[i] == i % 2).count()).isEqualTo(4);
  }

  @Test
  void coresWeigh() {
    int[] chosen =
        Spread.of(
            ends(8),
            heldBy("1", "1", "1", "1", "1", "1", "1", "1"),
            List.of(executor("1", 1), executor("2", 3)));
    assertThat(IntStream.of(chosen).filter(e -> e == 0).count()).isEqualTo(2);
  }

  /** Three shards a run; the middle shard of a run counts like its first. */
  @Test
  void aRunGoesWhereMostOfItIs() {
    assertThat(
            Spread.of(
                new int[] {3, 6},
                heldBy("1", "2", "2", "", "1", "gone"),
                List.of(executor("1", 2), executor("2", 2))))
        .containsExactly(1, 0);
  }

  @Test
  void noExecutorIsAskedForMoreThanItsShareWhateverIsHeldWhere() {
    Random random = new Random(1);
    for (int trial = 0; trial < 500; trial++) {
      int count = 1 + random.nextInt(6);
      List<Spread.Executor> executors =
          IntStream.range(0, count).mapToObj(i -> executor("" + i, 1 + random.nextInt(4))).toList();
      int runs = 1 + random.nextInt(30);
      List<Set<String>> holders =
          IntStream.range(0, runs)
              .<Set<String>>mapToObj(
                  i -> {
                    Set<String> ids = new HashSet<>();
                    for (int n = random.nextInt(3); n > 0; n--) {
                      ids.add("" + random.nextInt(count + 2));
                    }
                    return ids;
                  })
              .toList();
      int[] chosen = Spread.of(ends(runs), holders, executors);
      int cores = executors.stream().mapToInt(Spread.Executor::cores).sum();
      for (int e = 0; e < count; e++) {
        int executor = e;
        double share = (double) runs * executors.get(e).cores() / cores;
        long got = IntStream.of(chosen).filter(c -> c == executor).count();
        assertThat((double) got).isGreaterThan(share - count).isLessThan(share + count);
        // No executor has a run that another with more room could have had.
        for (int o = 0; o < count; o++) {
          int another = o;
          long theirs = IntStream.of(chosen).filter(c -> c == another).count();
          assertThat((double) got / executors.get(e).cores())
              .isLessThanOrEqualTo((theirs + 1.0) / executors.get(o).cores());
        }
      }
    }
  }
}
