package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class RowKeyTest {
  /**
   * Another hash would mean another order of rows, and so another model: these must never change.
   */
  @Test
  void hashIsFixed() {
    assertThat(RowKey.hash(new double[] {})).isZero();
    assertThat(Long.toHexString(RowKey.hash(new double[] {0}))).isEqualTo("910a2dec89025cc1");
    assertThat(Long.toHexString(RowKey.hash(new double[] {1, -2.5, Double.NaN})))
        .isEqualTo("83bc392c2db6a58c");
  }

  @Test
  void oneZeroAndOneNan() {
    double otherNan = Double.longBitsToDouble(0x7ff8000000000123L);
    RowKey a = RowKey.of(new double[] {-0.0, otherNan});
    RowKey b = RowKey.of(new double[] {0.0, Double.NaN});
    assertThat(a.hash()).isEqualTo(b.hash());
    assertThat(Double.doubleToRawLongBits(a.values()[0])).isZero();
    assertThat(Double.doubleToRawLongBits(a.values()[1])).isEqualTo(0x7ff8000000000000L);
    assertThat(new RowKey.Order().compare(a, b)).isZero();
  }

  @Test
  void hashDependsOnEveryPlace() {
    assertThat(RowKey.hash(new double[] {1, 2})).isNotEqualTo(RowKey.hash(new double[] {2, 1}));
    assertThat(RowKey.hash(new double[] {1})).isNotEqualTo(RowKey.hash(new double[] {1, 0}));
  }

  @Test
  void valuesDecideBetweenEqualHashes() {
    // Keys of wrong lengths may choose their hash, and so meet.
    RowKey three = RowKey.ofWrongLength(3);
    assertThat(new RowKey.Order().compare(three, RowKey.ofWrongLength(3))).isZero();
    assertThat(new RowKey.Order().compare(three, RowKey.ofWrongLength(-1))).isNegative();
  }

  @Test
  void shardsAreEqualRangesOfUnsignedHashes() {
    long[] hashes = {0, 1, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1, -2, -1, 1L << 61};
    for (int shards : new int[] {1, 2, 3, 7, 64, 100_000}) {
      HashRanges ranges = new HashRanges(shards);
      for (long hash : hashes) {
        BigInteger exact =
            new BigInteger(Long.toUnsignedString(hash))
                .multiply(BigInteger.valueOf(shards))
                .shiftRight(64);
        assertThat(ranges.of(hash)).isEqualTo(exact.intValueExact());
      }
    }
  }
}
