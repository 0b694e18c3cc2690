package io.ebmspark.spark.score;

import io.ebmspark.spark.data.InternalRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.util.AccumulatorV2;

/**
 * What there is to say of scored rows, collected while they are written: how many there are, and
 * those of highest energy. Spark adds each partition once, when its last attempt has succeeded.
 */
public final class Tally extends AccumulatorV2<HighRow, Tally> {
  private static final long serialVersionUID = 1;

  private final int most;
  private final ArrayList<HighRow> highest = new ArrayList<>();
  private long rows;
  private long scored;
  private long flagged;

  private Tally(int most) {
    this.most = most;
  }

  /**
   * The columns that are looked at.
   *
   * @param reasons that of the explanations
   * @param shown of rows of high energy
   */
  public record Columns(
      String energy,
      Optional<String> pValue,
      Optional<String> flag,
      Optional<String> reasons,
      List<String> shown) {
    public Columns {
      shown = List.copyOf(shown);
    }
  }

  /** A table, and what is found of its rows as they pass by. */
  public record Tallied(Dataset<Row> rows, Tally found) {}

  /**
   * The same rows, to be used once.
   *
   * @param most how many rows of highest energy to find
   */
  public static Tallied of(Dataset<Row> scored, Columns columns, int most) {
    Tally tally = new Tally(most);
    scored.sparkSession().sparkContext().register(tally);
    TalliedRows.Format format = new TalliedRows.Format(scored.schema(), columns);
    return new Tallied(
        InternalRows.mapPartitions(
            scored, scored.schema(), rows -> new TalliedRows(rows, format, tally)),
        tally);
  }

  /** How many rows there are. */
  public long rows() {
    return rows;
  }

  /** How many of them have an energy. */
  public long scored() {
    return scored;
  }

  /** How many are flagged. */
  public long flagged() {
    return flagged;
  }

  /** Those of highest energy, highest first. */
  public List<HighRow> highest() {
    return List.copyOf(highest);
  }

  void count(boolean isScored, boolean isFlagged) {
    rows++;
    scored += isScored ? 1 : 0;
    flagged += isFlagged ? 1 : 0;
  }

  /** Whether a row of this energy may be among the highest so far. */
  boolean takes(double energy) {
    int size = highest.size();
    return size < most || (most > 0 && energy >= highest.get(size - 1).energy());
  }

  @Override
  public void add(HighRow row) {
    highest.add(row);
    highest.sort(HighRow.ORDER);
    if (highest.size() > most) {
      highest.remove(most);
    }
  }

  @Override
  public void merge(AccumulatorV2<HighRow, Tally> other) {
    Tally more = other.value();
    rows += more.rows;
    scored += more.scored;
    flagged += more.flagged;
    more.highest.forEach(this::add);
  }

  @Override
  public boolean isZero() {
    return rows == 0;
  }

  @Override
  public Tally copy() {
    Tally copy = new Tally(most);
    copy.merge(this);
    return copy;
  }

  @Override
  public void reset() {
    highest.clear();
    rows = 0;
    scored = 0;
    flagged = 0;
  }

  @Override
  public Tally value() {
    return this;
  }
}
