package io.ebmspark.spark.data.shards;

import java.io.Serializable;

/**
 * Which rows of a table are trained on, which are held out, and which are for validation.
 *
 * <p>Unless rows are held out by a column, all by the second hash of what a row holds: the lowest
 * are held out, the highest are for validation. So neither part depends on the size of the other,
 * and a row that was for validation tonight is never held out tomorrow.
 *
 * @param byColumn whether rows are held out by a column
 * @param heldOut the share that is held out; by a column, of the rows from its value on
 * @param validation the share that is for validation
 */
record RowParts(boolean byColumn, HoldOut heldOut, HoldOut validation) implements Serializable {
  /** What becomes of a row. */
  enum Part {
    TRAINED,
    HELD_OUT,
    VALIDATION,
    /** Rows from the column's value on, beyond the most that are held out: not used at all. */
    LEFT_OUT
  }

  /** The part that a row belongs to. */
  Part of(RowKey row) {
    double second = HoldOut.secondHash(row.hash());
    if (byColumn && row.side() == RowKey.Side.FROM_ON) {
      return second < heldOut.share() ? Part.HELD_OUT : Part.LEFT_OUT;
    }
    if (!byColumn && second < heldOut.share()) {
      return Part.HELD_OUT;
    }
    return fromAbove(second) < validation.share() ? Part.VALIDATION : Part.TRAINED;
  }

  /** A second hash counted from the other end, exactly. */
  static double fromAbove(double second) {
    return 1 - 0x1p-53 - second;
  }

  /** The same parts, with fewer rows held out. */
  RowParts withHeldOut(HoldOut fewer) {
    return new RowParts(byColumn, fewer, validation);
  }
}
