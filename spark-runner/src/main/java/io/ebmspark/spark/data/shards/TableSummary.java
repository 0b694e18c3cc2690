package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Scaling;
import java.io.Serializable;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What one pass over the rows collects: counts, faults, moments and digests. Rows are summarised in
 * order within a shard, and shards are merged in order, so that rounding is always the same.
 */
final class TableSummary implements Serializable {
  private static final int DIGEST_WORDS = 8;

  final boolean dropMissing;
  final double lowest;
  final double highest;

  long rowsRead;
  long rowsWithMissing;
  long wrongLengths;
  long shortest = Long.MAX_VALUE;
  long longest;
  long outOfRange;

  /** For each feature, the values missing in all rows read. */
  final long[] missing;

  /** Moments of all rows kept. */
  final Moments all;

  /** Moments of the rows that cannot be held out; the same as {@link #all} if no row can be. */
  final Moments trained;

  /** Counts of the columns whose values are counted; null for the others. */
  final @Nullable ColumnCounts[] counted;

  /** Which columns are text, categories or frequencies: what may be missing in them. */
  private final boolean[] takesMissing;

  private final boolean[] isTime;

  /** The rows kept, by their second hashes ({@link HoldOut#count}). */
  final long[] counts;

  /** The share that may be held out; a number, since Spark's Kryo cannot serialise records. */
  private final double fraction;

  /** The sum of the rows' digests in 32-bit words, highest first, before carrying. */
  private final long[] digests = new long[DIGEST_WORDS];

  /**
   * Of no rows yet.
   *
   * @param takesMissing whether a missing value is one among others, by column
   * @param isTime whether a column is of dates or times
   * @param counted counts of columns whose values are counted, null for the others
   */
  TableSummary(
      int width,
      DataSettings settings,
      boolean[] takesMissing,
      boolean[] isTime,
      @Nullable ColumnCounts[] counted) {
    this(
        width,
        takesMissing,
        isTime,
        counted,
        settings.missing() == MissingValues.DROP,
        settings.scaling() == Scaling.RANGE ? settings.range().get(0) : Double.NEGATIVE_INFINITY,
        settings.scaling() == Scaling.RANGE ? settings.range().get(1) : Double.POSITIVE_INFINITY,
        settings.holdOut().fraction());
  }

  private TableSummary(
      int width,
      boolean[] takesMissing,
      boolean[] isTime,
      @Nullable ColumnCounts[] counted,
      boolean dropMissing,
      double lowest,
      double highest,
      double fraction) {
    this.takesMissing = takesMissing;
    this.isTime = isTime;
    this.counted = new ColumnCounts[counted.length];
    for (int i = 0; i < counted.length; i++) {
      ColumnCounts kind = counted[i];
      this.counted[i] = kind == null ? null : kind.empty();
    }
    this.dropMissing = dropMissing;
    this.lowest = lowest;
    this.highest = highest;
    this.fraction = fraction;
    this.missing = new long[width];
    this.all = new Moments(width);
    this.trained = fraction == 0 ? all : new Moments(width);
    this.counts = new long[fraction == 0 ? 0 : HoldOut.COUNTS];
  }

  /** An empty summary with the same settings. */
  TableSummary empty() {
    return new TableSummary(
        width(), takesMissing, isTime, counted, dropMissing, lowest, highest, fraction);
  }

  int width() {
    return missing.length;
  }

  /** The number of rows that the settings' fraction would hold out. */
  long candidates() {
    return all.rows - trained.rows;
  }

  /**
   * The number of rows held out, for a share that is the settings' fraction or one of the series.
   */
  long heldOut(HoldOut holdOut) {
    return holdOut.share() == fraction ? candidates() : holdOut.among(counts);
  }

  /**
   * Whether a row holds a value that is missing, which an infinity is too.
   *
   * @param takesMissing where none can be
   */
  static boolean anyMissing(double[] values, boolean[] takesMissing) {
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i]) && !takesMissing[i]) {
        return true;
      }
    }
    return false;
  }

  /** Adds a row. */
  void add(RowKey row, MessageDigest sha, ByteBuffer buffer) {
    rowsRead++;
    double[] values = row.values();
    if (values.length == 0) {
      wrongLengths++;
      shortest = Math.min(shortest, row.hash());
      longest = Math.max(longest, row.hash());
      return;
    }
    boolean lacksAny = false;
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        missing[i]++;
        lacksAny |= !takesMissing[i];
      }
    }
    if (lacksAny) {
      rowsWithMissing++;
      if (dropMissing) {
        return;
      }
    }
    all.add(values);
    boolean isTrained = true;
    if (fraction > 0) {
      HoldOut.count(row.hash(), counts);
      isTrained = !new HoldOut(fraction).holds(row);
      if (isTrained) {
        trained.add(values);
      }
    }
    for (int i = 0; i < counted.length; i++) {
      ColumnCounts counts = counted[i];
      if (counts != null) {
        counts.add(values[i], isTrained);
      }
    }
    buffer.clear();
    for (int i = 0; i < values.length; i++) {
      double value = values[i];
      buffer.putDouble(value);
      if (Double.isFinite(value) && (value < lowest || value > highest) && isAmount(i)) {
        outOfRange++;
      }
    }
    sha.update(buffer.flip());
    ByteBuffer digest = ByteBuffer.wrap(sha.digest());
    for (int word = 0; word < DIGEST_WORDS; word++) {
      digests[word] += Integer.toUnsignedLong(digest.getInt());
    }
  }

  /** Adds the rows that follow these. */
  void merge(TableSummary next) {
    rowsRead += next.rowsRead;
    rowsWithMissing += next.rowsWithMissing;
    wrongLengths += next.wrongLengths;
    shortest = Math.min(shortest, next.shortest);
    longest = Math.max(longest, next.longest);
    outOfRange += next.outOfRange;
    for (int word = 0; word < DIGEST_WORDS; word++) {
      // Carried here: the sums of one shard's words stay within 63 bits, those of all shards may
      // not.
      digests[word] += next.digests[word];
    }
    carry();
    for (int i = 0; i < width(); i++) {
      missing[i] += next.missing[i];
    }
    for (int i = 0; i < counted.length; i++) {
      ColumnCounts counts = counted[i];
      ColumnCounts others = next.counted[i];
      if (counts != null && others != null) {
        counts.merge(others);
      }
    }
    all.merge(next.all);
    if (trained != all) {
      trained.merge(next.trained);
    }
    for (int i = 0; i < counts.length; i++) {
      counts[i] += next.counts[i];
    }
  }

  private void carry() {
    for (int word = DIGEST_WORDS - 1; word > 0; word--) {
      digests[word - 1] += digests[word] >>> 32;
      digests[word] &= 0xFFFFFFFFL;
    }
    digests[0] &= 0xFFFFFFFFL;
  }

  /** The number of values that imputation replaces. */
  long missingValues() {
    return IntStream.range(0, width())
        .filter(i -> !takesMissing[i])
        .mapToLong(i -> missing[i])
        .sum();
  }

  /** Whether a missing value of a column is one among others. */
  boolean takesMissing(int i) {
    return takesMissing[i];
  }

  /** Whether a column is of numbers that are scaled as they are. */
  boolean isAmount(int i) {
    return !takesMissing[i] && !isTime[i] && counted[i] == null;
  }

  /**
   * A hash of the kept rows, as a multiset, and of the features' names: digests are summed modulo
   * 2²⁵⁶, so neither the order of rows nor their division into shards matters.
   */
  String fingerprint(List<String> names) {
    BigInteger sum = BigInteger.ZERO;
    for (long word : digests) {
      sum = sum.shiftLeft(32).add(BigInteger.valueOf(word));
    }
    byte[] bytes = sum.mod(BigInteger.ONE.shiftLeft(32 * DIGEST_WORDS)).toByteArray();
    byte[] fixed = new byte[4 * DIGEST_WORDS];
    int from = Math.max(0, bytes.length - fixed.length);
    int length = bytes.length - from;
    System.arraycopy(bytes, from, fixed, fixed.length - length, length);

    MessageDigest sha = Sha256.digest();
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(all.rows).flip());
    for (String name : names) {
      byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
      sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(utf8.length).flip());
      sha.update(utf8);
    }
    sha.update(fixed);
    return Sha256.hex(sha);
  }
}
