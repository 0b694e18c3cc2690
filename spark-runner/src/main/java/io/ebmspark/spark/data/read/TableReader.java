package io.ebmspark.spark.data.read;

import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.failure.RootCause;
import io.ebmspark.core.settings.Suggestion;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SessionZone;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.SparkMessage;
import io.ebmspark.spark.data.StoredType;
import io.ebmspark.spark.store.StorageException;
import io.ebmspark.spark.store.StorageFault;
import java.io.FileNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.SparkThrowable;
import org.apache.spark.package$;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Opens the table that settings name. */
public final class TableReader {
  /** Formats to suggest where an unknown one is named. */
  private static final List<String> FORMATS = List.of("parquet", "csv", "json", "orc", "avro");

  /** Formats in which a value's type is guessed from how it is written. */
  private static final Set<String> GUESSED = Set.of("csv", "json", "xml");

  /** What Spark says of a format that it knows and whose package it lacks. */
  private static final String NOT_DEPLOYED = "deploy the application";

  private static final String CORRUPT_COLUMN = "spark.sql.columnNameOfCorruptRecord";

  private TableReader() {}

  /**
   * The rows that meet the filter, with all columns; nothing but the schema is read yet.
   *
   * @throws DataException if the path, the format, the table or the filter is wrong
   */
  public static Dataset<Row> read(SparkSession spark, SourceSettings source) {
    return read(spark, source, KnownColumns.NONE);
  }

  /**
   * The same as a model knows the columns, where files merely look as if they held something else:
   * of text, 007 would be 7, and True be true, which the model has never seen.
   *
   * @throws DataException if the path, the format, the table or the filter is wrong
   */
  public static Dataset<Row> read(SparkSession spark, SourceSettings source, KnownColumns known) {
    return known.inZone(spark, () -> filtered(spark, source, known.types()));
  }

  /**
   * The same, with nulls for columns that a model needs and that are absent altogether because no
   * JSON line has them.
   *
   * @throws DataException if the path, the format, the table or the filter is wrong
   */
  public static Dataset<Row> readWithAbsent(
      SparkSession spark, SourceSettings source, KnownColumns known) {
    Dataset<Row> rows = read(spark, source, known);
    if (!source.isFormat("json")) {
      return rows;
    }
    List<String> present = List.of(rows.columns());
    for (Map.Entry<String, String> column : known.types().entrySet()) {
      String name = column.getKey();
      // If there is a column of a similar name, it was more likely renamed.
      if (!present.contains(name) && Suggestion.of(name, present).isEmpty()) {
        DataType type = StoredType.read(column.getValue()).orElse(DataTypes.NullType);
        rows = rows.withColumn(name, functions.lit(null).cast(type));
      }
    }
    return rows;
  }

  private static Dataset<Row> filtered(
      SparkSession spark, SourceSettings source, Map<String, String> types) {
    Dataset<Row> rows =
        source.table().isEmpty() ? files(spark, source, types) : table(spark, source);
    if (source.where().isEmpty()) {
      return rows;
    }
    String condition = source.where().get();
    try {
      return rows.where(condition);
    } catch (Exception e) {
      throw new DataException(
          "source.where is not a condition on "
              + source.describe()
              + ": "
              + condition
              + "; correct it ("
              + SparkMessage.of(e)
              + ")",
          e);
    }
  }

  private static Dataset<Row> files(
      SparkSession spark, SourceSettings source, Map<String, String> types) {
    DataFrameReader reader = spark.read().format(source.format());
    boolean isCsv = source.isFormat("csv");
    if (isCsv) {
      // Spark's own defaults would call the columns _c0, _c1 and make all of them text.
      reader = reader.option("header", "true").option("inferSchema", "true");
    }
    if (GUESSED.stream().anyMatch(source::isFormat)) {
      // Of its own accord Spark asks the session only, when the files are read.
      reader = reader.option("timeZone", SessionZone.current());
    }
    Dataset<Row> rows;
    try {
      String[] path = source.path().toArray(String[]::new);
      rows = reader.options(source.options()).load(path);
      StructType typed = withText(rows.schema(), types);
      if (GUESSED.stream().anyMatch(source::isFormat) && !typed.equals(rows.schema())) {
        rows = reader.schema(typed).load(path);
      }
    } catch (Exception e) {
      // Scala declares no checked exceptions, so the compiler knows of no narrower type.
      throw notOpened(source, e);
    }
    if (isCsv) {
      CsvHeaders.check(rows, source);
    } else if (ColumnarFiles.are(source)) {
      ColumnarFiles.refuseLogged(spark, source);
    }
    if (corruptLines(rows, source).isPresent() && rows.columns().length == 1) {
      throw new DataException(
          source.describe()
              + " has no line that is JSON by itself; if each file is one document, set"
              + " source.options: {multiLine: true}");
    }
    return rows;
  }

  /** What was guessed, but for the columns that are text. */
  private static StructType withText(StructType guessed, Map<String, String> types) {
    StructType schema = new StructType();
    for (StructField field : guessed.fields()) {
      boolean isText = "string".equals(types.get(field.name()));
      schema =
          schema.add(
              field.name(), isText ? DataTypes.StringType : field.dataType(), field.nullable());
    }
    return schema;
  }

  private static String whatFailed(SourceSettings source, Throwable fault) {
    String condition = SourceFault.condition(fault);
    String path = Names.list(source.path());
    if (condition.startsWith("PATH_NOT_FOUND")) {
      return "source.path " + path + " does not exist; correct it";
    }
    if (condition.startsWith("DATA_SOURCE_NOT_FOUND")) {
      return "source.format "
          + Names.withSuggestion(source.format(), FORMATS)
          + " is unknown to Spark; correct it or add its jar";
    }
    if (condition.startsWith("PARQUET_TYPE_ILLEGAL")
        && String.valueOf(fault.getMessage()).contains("NANOS")) {
      return "source.path "
          + path
          + " holds times in nanoseconds, which Spark takes for whole numbers at most; write them in"
          + " microseconds, or set EBM_SUBMIT=\"--conf spark.sql.legacy.parquet.nanosAsLong=true\""
          + " and name such a column t in data.features as \"timestamp_micros(t div 1000) AS"
          + " t_time\"";
    }
    if (source.isFormat("avro") && String.valueOf(fault.getMessage()).contains(NOT_DEPLOYED)) {
      return "source.format avro is in a package of Spark's that is not loaded; set"
          + " EBM_SUBMIT=\"--packages org.apache.spark:spark-avro_2.13:"
          + package$.MODULE$.SPARK_VERSION()
          + "\"";
    }
    return "source.path "
        + path
        + " cannot be read as "
        + source.format()
        + "; correct source.path, source.format or source.options";
  }

  private static Dataset<Row> table(SparkSession spark, SourceSettings source) {
    String name = source.table().orElseThrow();
    try {
      return spark.table(name);
    } catch (Exception e) {
      throw new DataException(
          "source.table "
              + name
              + " is not in Spark's catalog; correct it or use source.path ("
              + SparkMessage.of(e)
              + ")",
          e);
    }
  }

  /** The column that Spark adds for lines that are no JSON, if there are any. */
  public static Optional<String> corruptLines(Dataset<Row> rows, SourceSettings source) {
    String column =
        source
            .option("columnNameOfCorruptRecord")
            .orElseGet(() -> rows.sparkSession().conf().get(CORRUPT_COLUMN));
    return Optional.of(column)
        .filter(name -> source.isFormat("json") && List.of(rows.columns()).contains(name));
  }

  /**
   * Columns that only some of a table's files have, and that are therefore not read; {@code
   * mergeSchema} among the source's options would read them.
   *
   * @param rows of the source, with any columns
   */
  public static List<String> unread(Dataset<Row> rows, SourceSettings source) {
    return ColumnarFiles.unread(rows, source);
  }

  /**
   * The file that each row comes from; empty if Spark cannot tell of this table, as of a join of
   * two files.
   */
  public static Optional<Column> fileName(Dataset<Row> table) {
    Column name = functions.input_file_name();
    try {
      return table.select(name).columns().length == 1 ? Optional.of(name) : Optional.empty();
    } catch (Exception e) {
      return Optional.empty(); // Scala declares no checked exceptions.
    }
  }

  /**
   * Makes a failure that Spark blames on the data a {@link DataException}, and one of the file
   * system it lies on a {@link StorageException}; others, such as lost executors, are passed on.
   */
  public static RuntimeException whileReading(SourceSettings source, Throwable failure) {
    return away(source, failure)
        .<RuntimeException>map(found -> found)
        .or(() -> SourceFault.in(failure).map(fault -> unreadable(source, fault, failure)))
        .orElseGet(() -> notOfTheSource(source, failure));
  }

  /**
   * What to throw for a failure, of whatever was done with a table's rows, that comes from a file
   * of theirs that Spark could not read, or a value that it could not compute; empty for other
   * failures.
   */
  public static Optional<EbmException> ofTheRows(SourceSettings source, Throwable failure) {
    return SourceFault.ofTheRows(failure)
        .map(
            fault ->
                away(source, fault)
                    .<EbmException>map(found -> found)
                    .orElseGet(() -> unreadable(source, fault, failure)));
  }

  /** Where a table's file system is full, unreachable or denies access, its files are not wrong. */
  private static Optional<StorageException> away(SourceSettings source, Throwable failure) {
    return StorageFault.away(failure)
        .map(
            said ->
                new StorageException(source.describe() + " cannot be reached: " + said, failure));
  }

  /**
   * What to throw for a file that Spark has listed and that is gone.
   *
   * @param source as it describes itself
   */
  private static DataException removed(String path, String source, Throwable failure) {
    return new DataException(
        path
            + " of "
            + source
            + " was removed before it was read; read the table again once nothing writes to it",
        failure);
  }

  /**
   * What to throw for a file that Spark has listed and that Java does not find, which it says of
   * one that may not be read too.
   *
   * @param source as it describes itself
   */
  public static EbmException notFound(String path, String source, FileNotFoundException failure) {
    return String.valueOf(failure.getMessage()).contains("Permission denied")
        ? new StorageException(path + " cannot be read: " + failure.getMessage(), failure)
        : removed(path, source, failure);
  }

  /** What to throw where Spark cannot tell what columns a table has. */
  private static RuntimeException notOpened(SourceSettings source, Exception failure) {
    Optional<StorageException> away = away(source, failure);
    if (away.isPresent()) {
      return away.get();
    }
    Optional<Throwable> fault = SourceFault.in(failure);
    if (fault.isPresent()) {
      return gone(source, fault.get(), failure)
          .orElseGet(
              () ->
                  new DataException(
                      whatFailed(source, fault.get()) + " (" + SparkMessage.of(fault.get()) + ")",
                      failure));
    }
    return RootCause.of(failure) instanceof FileNotFoundException gone
        ? new DataException( // of a Parquet footer, which Spark does not name the file of
            "a file of "
                + source.describe()
                + " was removed before it was read, or may not be read; read the table again once"
                + " nothing writes to it ("
                + FirstLine.of(gone)
                + ")",
            failure)
        : notOfTheSource(source, failure);
  }

  private static DataException unreadable(
      SourceSettings source, Throwable fault, Throwable failure) {
    return gone(source, fault, failure).orElseGet(() -> unfit(source, fault, failure));
  }

  /** For a file that is gone since Spark listed it, be it to find out what columns it has. */
  private static Optional<DataException> gone(
      SourceSettings source, Throwable fault, Throwable failure) {
    return SourceFault.isOfAFileThatIsGone(fault)
        ? Optional.of(
            removed(
                String.valueOf(((SparkThrowable) fault).getMessageParameters().get("path")),
                source.describe(),
                failure))
        : Optional.empty();
  }

  private static DataException unfit(SourceSettings source, Throwable fault, Throwable failure) {
    // A table may be a caller's DataFrame, which no setting reads.
    String origin =
        source.table().isEmpty()
            ? "the files, source.format or source.options"
            : "what it is read and computed from";
    return new DataException(
        source.describe()
            + " cannot be read through; correct "
            + origin
            + (source.where().isPresent() ? ", or source.where (" : " (")
            + SparkMessage.of(fault)
            + ")",
        failure);
  }

  private static RuntimeException notOfTheSource(SourceSettings source, Throwable failure) {
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(
            "loading " + source.describe() + " failed: " + SparkMessage.of(RootCause.of(failure)),
            failure);
  }
}
