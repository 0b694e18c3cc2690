package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.training.Validation;
import io.ebmspark.core.training.ValidationSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.HoldOutSettings;
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

  // Neither is a record, since both come back from tasks, and Kryo cannot read a record.

  /** The columns that are summarised, by their indices in the table. */
  static final class Columns implements Serializable {
    private static final long serialVersionUID = 1;

    private final boolean[] takesMissing;
    private final int[] needed;
    private final boolean[] isTime;
    private final boolean isArray;

    /**
     * Columns of a table.
     *
     * @param takesMissing whether a missing value is one among others, as in text, categories and
     *     frequencies
     * @param needed the columns without which a row is dropped
     * @param isTime whether a column is of dates or times
     * @param isArray whether the features are the places of an array
     */
    Columns(boolean[] takesMissing, int[] needed, boolean[] isTime, boolean isArray) {
      this.takesMissing = takesMissing;
      this.needed = needed;
      this.isTime = isTime;
      this.isArray = isArray;
    }

    int width() {
      return takesMissing.length;
    }

    /** Whether a column is of numbers, and not of text or times. */
    boolean isNumber(int i) {
      return !takesMissing[i] && !isTime[i];
    }
  }

  /** What the settings ask of the rows. */
  static final class Rules implements Serializable {
    private static final long serialVersionUID = 1;

    /** Whether rows are held out by a column. */
    final boolean byColumn;

    /** Whether rows have weights. */
    final boolean weighted;

    private final double lowest;
    private final double highest;
    private final double heldOut;
    private final double validation;

    /**
     * The rules of some settings.
     *
     * @param validation the share of the rows that may be for validation
     */
    Rules(DataSettings settings, double validation) {
      boolean hasRange = settings.scaling() == Scaling.RANGE;
      this.lowest = hasRange ? settings.range().get(0) : Double.NEGATIVE_INFINITY;
      this.highest = hasRange ? settings.range().get(1) : Double.POSITIVE_INFINITY;
      this.byColumn = settings.holdOut().byColumn();
      this.heldOut = byColumn ? 1 : settings.holdOut().fraction();
      this.validation = validation;
      this.weighted = settings.weight().isPresent();
    }

    private boolean hasRange() {
      return lowest > Double.NEGATIVE_INFINITY || highest < Double.POSITIVE_INFINITY;
    }

    private boolean isInRange(double value) {
      return value >= lowest && value <= highest;
    }
  }

  final Rules rules;
  private final Columns columns;

  long rowsRead;
  long rowsWithMissing;
  long wrongLengths;
  long shortest = Long.MAX_VALUE;
  long longest;
  long outOfRange;

  /** Rows without a weight, or with one that is negative or infinite. */
  long badWeights;

  /** Rows without a value in the column by which rows are held out. */
  long withoutSide;

  /** For each feature, the values missing in all rows read. */
  final long[] missing;

  /** Moments of all rows kept. */
  final Moments all;

  /** Moments of the rows that cannot be held out; the same as {@link #all} if no row can be. */
  final Moments trained;

  /** The decimal places of all rows kept. */
  final Decimals decimals;

  /** Their values, where they are few, of columns of numbers. */
  final FewValues fewValues;

  /** Counts of the columns whose values are counted; null for the others. */
  final @Nullable ColumnCounts[] counted;

  /** The rows kept, by their second hashes. */
  final ShareCounts heldOut;

  /** The same, by their second hashes counted from above ({@link RowParts#fromAbove}). */
  final ShareCounts validation;

  /** The sum of the rows' digests in 32-bit words, highest first, before carrying. */
  private final long[] digests = new long[DIGEST_WORDS];

  /**
   * A summary of no rows yet.
   *
   * @param counted counts of the columns whose values are counted, null for the others; only their
   *     kinds are used
   */
  TableSummary(Columns columns, Rules rules, @Nullable ColumnCounts[] counted) {
    int width = columns.width();
    this.columns = columns;
    this.rules = rules;
    this.counted = new ColumnCounts[counted.length];
    for (int i = 0; i < counted.length; i++) {
      ColumnCounts kind = counted[i];
      this.counted[i] = kind == null ? null : kind.empty();
    }
    this.heldOut = new ShareCounts(rules.heldOut);
    this.validation = new ShareCounts(rules.validation);
    this.missing = new long[width];
    this.all = new Moments(width);
    this.trained = rules.heldOut == 0 ? all : new Moments(width);
    this.decimals = new Decimals(width);
    boolean[] hasSteps = new boolean[width];
    for (int i = 0; i < width && !columns.isArray; i++) {
      hasSteps[i] = columns.isNumber(i);
    }
    this.fewValues = new FewValues(hasSteps);
  }

  /** An empty summary of the same columns, by the same rules. */
  TableSummary empty() {
    return new TableSummary(columns, rules, counted);
  }

  int width() {
    return missing.length;
  }

  /** The share of the rows for validation, for rows of a width as the model has them. */
  HoldOut forValidation(ValidationSettings settings, int width) {
    HoldOut share =
        validation.share(
            new HoldOutSettings(settings.fraction(), Validation.mostRows(settings, width)),
            rules.byColumn ? all.rows - heldOut.candidates() : all.rows);
    return validation.below(share) < HoldOut.FEWEST_ROWS ? HoldOut.NONE : share;
  }

  /** The number of rows of a part. */
  long rows(RowParts parts, RowParts.Part part) {
    long held = heldOut.below(parts.heldOut());
    long validated = validation.below(parts.validation());
    long leftOut = rules.byColumn ? heldOut.candidates() - held : 0;
    return switch (part) {
      case TRAINED -> all.rows - held - validated - leftOut;
      case HELD_OUT -> held;
      case VALIDATION -> validated;
      case LEFT_OUT -> leftOut;
    };
  }

  /** Whether a row lacks a value that it must have; an infinity is none. */
  static boolean lacksNeeded(double[] values, int[] needed) {
    for (int column : needed) {
      if (!Double.isFinite(values[column])) {
        return true;
      }
    }
    return false;
  }

  /**
   * Adds a row.
   *
   * @param count how often it is there
   */
  void add(RowKey row, long count, MessageDigest sha, ByteBuffer buffer) {
    rowsRead += count;
    if (isUnfit(row, count)) {
      return;
    }
    boolean isWhole = countMissing(row.values(), count);
    if (!lacksNeeded(row.values(), columns.needed)) {
      addKept(row, count, isWhole);
      addDigest(row, count, sha, buffer);
    }
  }

  /** Whether a row can be of no use, whatever its values; counted by why it cannot. */
  private boolean isUnfit(RowKey row, long count) {
    if (row.values().length == 0) {
      wrongLengths += count;
      // Of such a row, the hash is the length.
      shortest = Math.min(shortest, row.hash());
      longest = Math.max(longest, row.hash());
      return true;
    }
    // The sums of larger ones would overflow, and the values be blamed.
    if (!(row.weight() > 0 && row.weight() <= Float.MAX_VALUE)) {
      badWeights += count;
      return true;
    }
    if (row.side() == RowKey.Side.UNKNOWN) {
      withoutSide += count;
      return true;
    }
    return false;
  }

  /** Counts the values that are missing; returns whether none is. */
  private boolean countMissing(double[] values, long count) {
    boolean lacksAny = false;
    boolean isWhole = true;
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        missing[i] += count;
        lacksAny |= !takesMissing(i);
        isWhole = false;
      }
    }
    rowsWithMissing += lacksAny ? count : 0;
    return isWhole;
  }

  private void addKept(RowKey row, long count, boolean isWhole) {
    double[] values = row.values();
    all.add(values, row.weight(), count, isWhole);
    decimals.add(values);
    fewValues.add(values);
    double second = HoldOut.secondHash(row.hash());
    boolean isCandidate =
        rules.byColumn ? row.side() == RowKey.Side.FROM_ON : heldOut.isCandidate(second);
    boolean isTrained = trained == all || !isCandidate;
    if (!rules.byColumn || isCandidate) {
      heldOut.add(second, count);
    }
    if (!rules.byColumn || isTrained) {
      validation.add(RowParts.fromAbove(second), count);
    }
    if (trained != all && isTrained) {
      trained.add(values, row.weight(), count, isWhole);
    }
    for (int i = 0; i < counted.length; i++) {
      ColumnCounts counts = counted[i];
      if (counts != null) {
        counts.add(values[i], isTrained, count);
      }
    }
    for (int i = 0; i < values.length && rules.hasRange(); i++) {
      if (Double.isFinite(values[i]) && !rules.isInRange(values[i]) && isAmount(i)) {
        outOfRange += count;
      }
    }
  }

  private void addDigest(RowKey row, long count, MessageDigest sha, ByteBuffer buffer) {
    double[] values = row.values();
    buffer.clear();
    buffer.asDoubleBuffer().put(values);
    buffer.position(values.length * Double.BYTES);
    if (rules.weighted) {
      buffer.putDouble(row.weight());
    }
    sha.update(buffer.flip());
    ByteBuffer digest = ByteBuffer.wrap(sha.digest());
    for (int word = 0; word < DIGEST_WORDS; word++) {
      digests[word] += count * Integer.toUnsignedLong(digest.getInt());
    }
  }

  /** Makes the summary fit to travel, when all rows are in it. */
  TableSummary packed() {
    for (ColumnCounts counts : counted) {
      if (counts != null) {
        counts.pack();
      }
    }
    return this;
  }

  /** Adds the rows that follow these, whose summary is packed. */
  void merge(TableSummary next) {
    rowsRead += next.rowsRead;
    rowsWithMissing += next.rowsWithMissing;
    wrongLengths += next.wrongLengths;
    shortest = Math.min(shortest, next.shortest);
    longest = Math.max(longest, next.longest);
    outOfRange += next.outOfRange;
    badWeights += next.badWeights;
    withoutSide += next.withoutSide;
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
    decimals.merge(next.decimals);
    fewValues.merge(next.fewValues);
    if (trained != all) {
      trained.merge(next.trained);
    }
    heldOut.merge(next.heldOut);
    validation.merge(next.validation);
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
        .filter(i -> !takesMissing(i) && !isNeeded(i))
        .mapToLong(i -> missing[i])
        .sum();
  }

  /** Whether a missing value of a column is one among others. */
  boolean takesMissing(int i) {
    return columns.takesMissing[i];
  }

  /** Whether a row that lacks a value of a column is dropped. */
  boolean isNeeded(int i) {
    return IntStream.of(columns.needed).anyMatch(column -> column == i);
  }

  /** Whether a column is of numbers, and not of text or times. */
  boolean isNumber(int i) {
    return columns.isNumber(i);
  }

  /** Whether a column is of numbers that are scaled as they are. */
  boolean isAmount(int i) {
    return isNumber(i) && counted[i] == null;
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
