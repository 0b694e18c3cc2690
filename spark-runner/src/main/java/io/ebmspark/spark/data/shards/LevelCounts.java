package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.Frequency;
import io.ebmspark.spark.data.encoding.Levels;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.read.TableReader;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * How often the values of one column are there, over all rows. Counts are exact and ordered by
 * themselves, then by name, so that no order of rows and no cut into parts changes them; the values
 * of a column that are kept are bounded, and so is memory.
 */
final class LevelCounts implements Serializable {
  private static final long serialVersionUID = 1;

  /** Values kept of a column, the commonest. */
  static final int MOST_KEPT = Frequency.MOST_LEVELS;

  /** A value and how many rows have it. */
  static final class Level implements Serializable {
    private static final long serialVersionUID = 1;

    /** The commonest first. */
    static final Comparator<Level> ORDER =
        Comparator.comparingLong((Level level) -> -level.rows).thenComparing(level -> level.name);

    final String name;
    final long rows;

    Level(String name, long rows) {
      this.name = name;
      this.rows = rows;
    }
  }

  /** The commonest, in no order, and some others that are not dropped yet. */
  private final ArrayList<Level> kept = new ArrayList<>();

  private long different;
  private long present;
  private long missing;

  private LevelCounts() {}

  /**
   * Counts the values of columns: one pass over the rows, one shuffle of what is different.
   *
   * @param selected the features and nothing else
   * @param columns those that are counted
   */
  static Map<String, LevelCounts> of(
      Dataset<Row> selected, Features features, List<String> columns, SourceSettings source) {
    if (columns.isEmpty()) {
      return Map.of();
    }
    Column[] values = new Column[columns.size()];
    boolean[] numbers = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      numbers[i] = features.kind(columns.get(i)) == ColumnKind.NUMBER;
      Column value = Features.quoted(columns.get(i));
      // −0.0 + 0.0 is 0.0.
      Column text =
          (numbers[i] ? value.cast(DataTypes.DoubleType).plus(0.0) : value)
              .cast(DataTypes.StringType);
      values[i] = functions.struct(functions.lit(i).as("i"), text.as("v"));
    }
    LevelCounts[] found;
    try {
      // Joined on the executors: the driver would take the commonest values of every part at once.
      found =
          selected
              .select(functions.explode(functions.array(values)).as("p"))
              .groupBy("p.i", "p.v")
              .count()
              .toJavaRDD()
              .mapPartitions(part -> List.<LevelCounts[]>of(counted(part, numbers)).iterator())
              .treeAggregate(none(values.length), LevelCounts::merged, LevelCounts::merged);
    } catch (Exception e) { // Scala declares nothing checked.
      throw TableReader.whileReading(source, e);
    }
    Map<String, LevelCounts> counts = new LinkedHashMap<>();
    for (int i = 0; i < values.length; i++) {
      counts.put(columns.get(i), found[i]);
    }
    return counts;
  }

  private static LevelCounts[] none(int columns) {
    LevelCounts[] counts = new LevelCounts[columns];
    for (int i = 0; i < columns; i++) {
      counts[i] = new LevelCounts();
    }
    return counts;
  }

  private static LevelCounts[] merged(LevelCounts[] counts, LevelCounts[] others) {
    for (int i = 0; i < counts.length; i++) {
      counts[i].merge(others[i]);
      counts[i].dropRarest();
    }
    return counts;
  }

  private static LevelCounts[] counted(Iterator<Row> groups, boolean[] numbers) {
    LevelCounts[] counts = none(numbers.length);
    while (groups.hasNext()) {
      Row group = groups.next();
      int i = group.getInt(0);
      counts[i].add(group.isNullAt(1) ? "" : group.getString(1), numbers[i], group.getLong(2));
    }
    for (LevelCounts each : counts) {
      each.dropRarest();
    }
    return counts;
  }

  private void add(String text, boolean isNumber, long rows) {
    double number = isNumber && !text.isEmpty() ? Double.parseDouble(text) : 0;
    if (text.isBlank() || !Double.isFinite(number)) {
      missing += rows;
      return;
    }
    different++;
    present += rows;
    keep(new Level(isNumber ? Levels.name(number) : text, rows));
  }

  private void keep(Level level) {
    kept.add(level);
    if (kept.size() > 2 * MOST_KEPT) {
      dropRarest();
    }
  }

  private void dropRarest() {
    kept.sort(Level.ORDER);
    kept.subList(Math.min(kept.size(), MOST_KEPT), kept.size()).clear();
  }

  /** Adds values that are all different from these. */
  private void merge(LevelCounts other) {
    different += other.different;
    present += other.present;
    missing += other.missing;
    other.kept.forEach(this::keep);
  }

  /** How many different values there are. */
  long different() {
    return different;
  }

  /** Rows that have a value. */
  long present() {
    return present;
  }

  /** Rows that have none. */
  long missing() {
    return missing;
  }

  /** The commonest values. */
  List<Level> commonest() {
    dropRarest();
    return List.copyOf(kept);
  }

  /** The share of the rows with a value that have one of the commonest so many. */
  double share(int levels) {
    long rows = commonest().stream().limit(levels).mapToLong(level -> level.rows).sum();
    return present == 0 ? 0 : (double) rows / present;
  }
}
