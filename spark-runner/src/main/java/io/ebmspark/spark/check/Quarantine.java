package io.ebmspark.spark.check;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.features.ColumnTypes;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.StorageException;
import io.ebmspark.spark.store.StorageFault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FSError;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;

/**
 * Rows put aside because nothing should be learnt from them: a value is missing, or outside the
 * range that the settings allow.
 *
 * @param kept the other rows
 * @param putAside the unfit ones, with {@link #REASON} as their last column
 */
public record Quarantine(Dataset<Row> kept, Dataset<Row> putAside) {
  /** The column that says why a row was quarantined. */
  public static final String REASON = "quarantine_reason";

  private static final String NAME = "quarantine";

  /**
   * Splits a table, lazily.
   *
   * @param features checked for missing values
   * @throws BadSettingException if a range names a column that the table lacks, or that holds no
   *     numbers
   * @throws DataException if the table has a column of the reasons' name
   */
  public static Quarantine of(
      Dataset<Row> table, Features features, CheckSettings.QuarantineSettings settings) {
    Names.columnOf(REASON, List.of(table.columns()))
        .ifPresent(
            taken -> {
              throw new DataException(
                  "the table has a column '"
                      + taken
                      + "', and rows in quarantine are given one of that name; rename it, or remove"
                      + " checks.quarantine");
            });
    List<Column> reasons = new ArrayList<>();
    if (settings.missing()) {
      Column[] values = features.selection();
      for (int i = 0; i < values.length; i++) {
        String name = features.columns().get(i);
        if (features.kind(name) == ColumnKind.TEXT) {
          continue; // text that is missing is one value among others
        }
        Column unfit;
        if (features.isArray()) {
          DataType type = table.select(values[i]).schema().fields()[0].dataType();
          unfit = anyMissing(values[i], type, features.width());
        } else {
          boolean isTime = features.kind(name) == ColumnKind.TIME;
          unfit = isTime ? values[i].isNull() : missing(values[i]);
        }
        reasons.add(reason(unfit, name + " has a missing value"));
      }
    }
    for (Map.Entry<String, List<Double>> range : settings.ranges().entrySet()) {
      reasons.add(outside(table, range.getKey(), range.getValue()));
    }
    if (reasons.isEmpty()) {
      return new Quarantine(table, table.where("false").withColumn(REASON, functions.lit("")));
    }
    Column reason = functions.concat_ws("; ", reasons.toArray(Column[]::new));
    return new Quarantine(
        table.where(reason.equalTo("")),
        table.withColumn(REASON, reason).where(Features.quoted(REASON).notEqual("")));
  }

  private static Column reason(Column condition, String text) {
    return functions.when(functions.coalesce(condition, functions.lit(true)), functions.lit(text));
  }

  private static Column missing(Column value) {
    Column number = value.cast("double");
    return number
        .isNull()
        .or(number.isNaN())
        .or(functions.abs(number).equalTo(Double.POSITIVE_INFINITY));
  }

  private static Column anyMissing(Column array, DataType type, int width) {
    Column values = ColumnTypes.numbers(array, type);
    return values
        .isNull()
        .or(functions.size(values).notEqual(width))
        .or(functions.exists(values, Quarantine::missing));
  }

  private static Column outside(Dataset<Row> table, String name, List<Double> range) {
    List<String> known = List.of(table.columns());
    if (!known.contains(name)) {
      throw new BadSettingException(
          "quarantine.ranges",
          "names a column that the table does not have: " + Names.withSuggestion(name, known));
    }
    DataType type = table.schema().apply(name).dataType();
    Column column = Features.quoted(name);
    boolean isArray = ColumnTypes.isArray(type);
    if (!isArray && !ColumnTypes.isScalar(type)) {
      throw new BadSettingException(
          "quarantine.ranges",
          "names " + name + ", which is " + type.simpleString() + " and no number; remove it");
    }
    Column unfit =
        isArray
            ? functions.exists(ColumnTypes.numbers(column, type), value -> beyond(value, range))
            : beyond(column, range);
    String text = name + " is outside " + range;
    // Missing values are not out of range.
    return functions.when(functions.coalesce(unfit, functions.lit(false)), functions.lit(text));
  }

  private static Column beyond(Column value, List<Double> range) {
    Column number = value.cast("double");
    // To Spark, NaN is above every number.
    return number.lt(range.get(0)).or(number.gt(range.get(1)).and(functions.not(number.isNaN())));
  }

  /**
   * Writes the quarantined rows to a subfolder for the run, unless there are none.
   *
   * @param path the folder from the settings
   * @param run the run's name
   * @param source names the rows in messages
   * @return the number of rows written
   * @throws DataException if the table cannot be read
   * @throws StorageException if nothing can be written there
   */
  public long write(String path, String run, SourceSettings source) {
    Location folder =
        Location.of(path, putAside.sparkSession().sparkContext().hadoopConfiguration()).child(run);
    try {
      long count = putAside.count();
      if (count > 0) {
        makeFolder(folder);
        putAside.write().mode(SaveMode.Overwrite).parquet(folder.toString());
      }
      return count;
    } catch (Exception | FSError e) { // Scala declares no checked exceptions.
      throw StorageFault.in(e)
          .<RuntimeException>map(
              cause ->
                  new StorageException(
                      "checks.quarantine.path " + folder + " cannot be written: " + cause, e))
          .orElseGet(() -> TableReader.whileReading(source, e));
    }
  }

  /** What cannot be written to is told by the file system, rather than by Spark's tasks. */
  private static void makeFolder(Location folder) {
    try {
      folder.storage().makeFolder(folder.path());
    } catch (IOException e) {
      throw StorageException.besides(folder, e);
    }
  }

  /**
   * Judges the number of rows quarantined.
   *
   * @param rows total number of rows
   */
  public static Judgement judge(
      long putAside, long rows, CheckSettings.QuarantineSettings settings) {
    if (settings.action() == Action.OFF || rows == 0) {
      return Findings.skipped(NAME, Names.count(putAside, "row") + " quarantined");
    }
    Findings findings =
        new Findings(
            NAME,
            settings,
            putAside + " of " + rows + " rows were quarantined, a share of %s",
            "see the reasons in " + settings.path());
    return findings.one((double) putAside / rows, 0);
  }
}
