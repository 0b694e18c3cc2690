package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.spark.data.HoldOutSettings;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HoldOutTest {
  private static HoldOut of(HoldOutSettings settings, long[] hashes) {
    return counts(settings, hashes).share(settings, hashes.length);
  }

  private static ShareCounts counts(HoldOutSettings settings, long[] hashes) {
    ShareCounts counts = new ShareCounts(settings.fraction());
    Arrays.stream(hashes).forEach(hash -> counts.add(HoldOut.secondHash(hash), 1));
    return counts;
  }

  private static long below(long[] hashes, double share) {
    return Arrays.stream(hashes).filter(hash -> HoldOut.secondHash(hash) < share).count();
  }

  private static long[] hashes(int n, long seed) {
    return new Random(seed).longs(n).toArray();
  }

  /** Other values would hold out different rows from last night's. */
  @Test
  void theSecondHashIsWhatItAlwaysWas() {
    long[] hashes = {0, 1, -1, 0x9E3779B97F4A7C15L, Long.MIN_VALUE};
    double[] byAnotherProgram = {
      0.6118225421857174,
      0.898403176544203,
      0.14733064056477807,
      0.8243869101616611,
      0.06934687224449665
    };
    for (int i = 0; i < hashes.length; i++) {
      assertThat(HoldOut.secondHash(hashes[i])).isEqualTo(byAnotherProgram[i]);
    }
  }

  /** χ² of 16 × 16 cells of both hashes; 255 degrees of freedom have a deviation of 22.6. */
  @Test
  void theSecondHashKnowsNothingOfTheFirst() {
    int n = 100_000;
    long[][] cells = new long[16][16];
    for (int i = 0; i < n; i++) {
      long hash = RowKey.hash(new double[] {i, i % 7, -i / 3.0});
      cells[(int) (hash >>> 60)][(int) (16 * HoldOut.secondHash(hash))]++;
    }
    double expected = n / 256.0;
    double chi = 0;
    for (long[] row : cells) {
      for (long count : row) {
        chi += (count - expected) * (count - expected) / expected;
      }
    }
    assertThat(chi).isBetween(255 - 5 * 22.6, 255 + 5 * 22.6);
  }

  @Test
  void theFractionIsHeldOut() {
    for (int n : new int[] {100, 1_000, 100_000}) {
      long[] hashes = hashes(n, n);
      HoldOut tenth = of(new HoldOutSettings(.1, 100_000), hashes);
      assertThat(tenth.share()).isEqualTo(.1);
      assertThat(below(hashes, .1))
          .isBetween(Math.round(.1 * n - Math.sqrt(n)), Math.round(.1 * n + Math.sqrt(n)));
    }
    assertThat(of(new HoldOutSettings(0, 100_000), hashes(1_000, 1)).isNone()).isTrue();
    assertThat(of(new HoldOutSettings(.5, 100_000), hashes(1_000, 1)).share()).isEqualTo(.5);
  }

  /** Eight shares an octave: at least 2^(−1/8) of the most, less chance, is used. */
  @Test
  void theMostIsKeptAndNearlyReached() {
    long[] hashes = hashes(200_000, 4);
    for (int most : new int[] {1, 100, 999, 5_000, 19_999}) {
      HoldOutSettings settings = new HoldOutSettings(.1, most);
      HoldOut holdOut = of(settings, hashes);
      long held = below(hashes, holdOut.share());
      assertThat(held).isLessThanOrEqualTo(most);
      assertThat((double) held).isGreaterThan(.917 * most - 4 * Math.sqrt(most));
      assertThat(counts(settings, hashes).below(holdOut)).isEqualTo(held);
    }
  }

  @Test
  void fewerRowsAreAmongMoreRows() {
    double[] fractions = {0, .001, .01, .0625, .1, .125, .2, .45, .5};
    int[] most = {1, 30, 500, 1_000, 100_000};
    for (int n : new int[] {15, 300, 4_000, 20_000}) {
      long[] hashes = hashes(n, n + 1);
      for (int i = 0; i < fractions.length; i++) {
        for (int j = 0; j < most.length; j++) {
          double share = of(new HoldOutSettings(fractions[i], most[j]), hashes).share();
          if (i > 0) {
            assertThat(of(new HoldOutSettings(fractions[i - 1], most[j]), hashes).share())
                .isLessThanOrEqualTo(share);
          }
          if (j > 0) {
            assertThat(of(new HoldOutSettings(fractions[i], most[j - 1]), hashes).share())
                .isLessThanOrEqualTo(share);
          }
        }
      }
    }
  }

  /** Tables of about the same number of rows have exactly the same share. */
  @Test
  void tablesOfAboutOneSizeHaveTheSameShare() {
    HoldOutSettings settings = new HoldOutSettings(.5, 10_000);
    double share = of(settings, hashes(100_000, 0)).share();
    for (int night = 1; night < 10; night++) {
      assertThat(of(settings, hashes(100_000 + 50 * night, night)).share()).isEqualTo(share);
    }
    assertThat(of(settings, hashes(200_000, 0)).share()).isLessThan(share);
  }

  @Test
  void noneIsHeldOutOfTablesThatAreSmallOrAllOfOneKind() {
    HoldOutSettings settings = new HoldOutSettings(.1, 100_000);
    assertThat(of(settings, hashes(99, 1)).isNone()).isTrue();
    assertThat(HoldOut.notices(settings, 99, 0).get(0))
        .contains("none of 99 rows is held out", "fewer than 10", "no p-values");
    long[] same = new long[1_000];
    for (long hash = 0; ; hash++) {
      if (HoldOut.secondHash(hash) < .1) {
        Arrays.fill(same, 500, 1_000, hash);
        break;
      }
    }
    assertThat(of(settings, same).isNone()).isTrue();
    assertThat(HoldOut.notices(settings, 1_000, 0).get(0)).contains("too many of them are equal");
    assertThat(HoldOut.notices(settings, 1_000, 99).get(0))
        .isEqualTo(
            "99 of 1000 rows are held out from training: thresholds for false-positive rates"
                + " from 0.010 up");
    assertThat(HoldOut.notices(HoldOutSettings.NONE, 1_000, 0)).isEmpty();
  }

  @Test
  void copiesOfAFewRowsAreNoMeasureOfATable() {
    HoldOutSettings settings = new HoldOutSettings(.1, 100_000);
    assertThat(HoldOut.noticesOfCopies(settings, 60, 1).get(0))
        .startsWith("the 60 rows held out are copies of one row, since equal rows stay together");
    assertThat(HoldOut.noticesOfCopies(settings, 60, 29).get(0)).contains("copies of 29 rows");
    assertThat(HoldOut.noticesOfCopies(settings, 60, 30)).isEmpty();
    assertThat(HoldOut.noticesOfCopies(settings, 20, 11)).isEmpty();
    assertThat(HoldOut.noticesOfCopies(HoldOutSettings.NONE, 0, 0)).isEmpty();
  }
}
