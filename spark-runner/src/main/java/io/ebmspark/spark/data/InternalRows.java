package io.ebmspark.spark.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.Dependency;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.execution.ColumnarToRowExec;
import org.apache.spark.sql.execution.LogicalRDD;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SQLExecutionRDD;
import org.apache.spark.sql.execution.WholeStageCodegenExec;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Rows in the format in which Spark's plans hand them on. Unlike a {@link Row} none is made for it,
 * no value is boxed, and a column that is only passed on is not looked at: of a table of numbers
 * that is most of the work.
 */
public final class InternalRows {
  private static final ClassTag<InternalRow> TAG = ClassTag$.MODULE$.apply(InternalRow.class);

  private InternalRows() {}

  /** A table's rows; each is good until the next one is asked for. */
  public static JavaRDD<InternalRow> of(Dataset<Row> table) {
    return planned(table).toJavaRDD();
  }

  /**
   * A table in batches of columns, for whoever only reads values: where a file is read that way,
   * and nothing is computed from its columns, rows need not be put together first. Of columns that
   * hold one value a row.
   */
  @SuppressWarnings("unchecked") // rows or batches, Spark hands on what it is given
  public static Optional<JavaRDD<ColumnarBatch>> batches(Dataset<Row> table) {
    QueryExecution query = ((org.apache.spark.sql.classic.Dataset<Row>) table).queryExecution();
    boolean isPlain =
        Arrays.stream(table.schema().fields()).allMatch(it -> it.dataType() instanceof AtomicType);
    if (!isPlain
        || !(query.executedPlan() instanceof WholeStageCodegenExec whole)
        || !(whole.child() instanceof ColumnarToRowExec rows)) {
      return Optional.empty();
    }
    // As toRdd does: what reads a file in a task may ask for Spark's settings.
    RDD<InternalRow> batches =
        new SQLExecutionRDD(
            (RDD<InternalRow>) (RDD<?>) rows.child().executeColumnar(),
            query.sparkSession().sessionState().conf());
    return Optional.of(((RDD<ColumnarBatch>) (RDD<?>) batches).toJavaRDD());
  }

  /** About how large a table is, as Spark knows it without reading. */
  public static double bytes(Dataset<Row> table) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) table)
        .queryExecution()
        .optimizedPlan()
        .stats()
        .sizeInBytes()
        .toDouble();
  }

  private static RDD<InternalRow> planned(Dataset<Row> table) {
    QueryExecution query = ((org.apache.spark.sql.classic.Dataset<Row>) table).queryExecution();
    // A plan would copy each row of a table made here, only to hand it on.
    return query.withCachedData() instanceof LogicalRDD made && made.rdd() instanceof Mapped mapped
        ? mapped
        : query.toRdd();
  }

  /**
   * A table made from another's rows, a partition at a time. Nothing is planned, or run, before the
   * result is used.
   *
   * @param schema of what comes out, whose rows too need to be good only until the next
   */
  public static Dataset<Row> mapPartitions(
      Dataset<Row> table,
      StructType schema,
      MapPartitionsFunction<InternalRow, InternalRow> function) {
    if (table.isStreaming()) {
      return mapStream(table, schema, function);
    }
    return ((SparkSession) table.sparkSession())
        .internalCreateDataFrame(new Mapped(table, function), schema, false);
  }

  /** A stream is planned anew for each of its batches, by Spark, which takes functions of rows. */
  private static Dataset<Row> mapStream(
      Dataset<Row> stream,
      StructType schema,
      MapPartitionsFunction<InternalRow, InternalRow> function) {
    StructType before = stream.schema();
    MapPartitionsFunction<Row, Row> ofRows =
        rows -> {
          Function1<Object, Object> in = CatalystTypeConverters.createToCatalystConverter(before);
          Function1<Object, Object> out = CatalystTypeConverters.createToScalaConverter(schema);
          Iterator<InternalRow> made =
              function.call(mapped(rows, row -> (InternalRow) in.apply(row)));
          return mapped(made, row -> (Row) out.apply(row));
        };
    return stream.mapPartitions(ofRows, Encoders.row(schema));
  }

  private static <A, B> Iterator<B> mapped(Iterator<A> items, Function1<A, B> function) {
    return CollectionConverters.asJava(CollectionConverters.asScala(items).map(function));
  }

  /** A value as {@link Row#get} gives it. */
  public static @Nullable Object external(InternalRow row, int place, DataType type) {
    return row.isNullAt(place)
        ? null
        : CatalystTypeConverters.convertToScala(row.get(place, type), type);
  }

  /**
   * Rows that are planned when they are first asked for: planning may run the first stages of a
   * query, and whoever merely describes a table does not expect their failures.
   */
  private static final class Mapped extends RDD<InternalRow> {
    private static final long serialVersionUID = 1;

    private final transient Dataset<Row> table;
    private transient @Nullable RDD<InternalRow> source;
    private final MapPartitionsFunction<InternalRow, InternalRow> function;

    Mapped(Dataset<Row> table, MapPartitionsFunction<InternalRow, InternalRow> function) {
      super(table.sparkSession().sparkContext(), none(), TAG);
      this.table = table;
      this.function = function;
    }

    private static Seq<Dependency<?>> none() {
      return CollectionConverters.asScala(List.<Dependency<?>>of()).toSeq();
    }

    private synchronized RDD<InternalRow> source() {
      RDD<InternalRow> known = source;
      if (known == null) {
        known = planned(table);
        source = known;
      }
      return known;
    }

    @Override
    public Seq<Dependency<?>> getDependencies() {
      return CollectionConverters.asScala(
              List.<Dependency<?>>of(new OneToOneDependency<>(source())))
          .toSeq();
    }

    @Override
    public Partition[] getPartitions() {
      return source().partitions();
    }

    @Override
    public scala.collection.Iterator<InternalRow> compute(Partition part, TaskContext context) {
      Iterator<InternalRow> rows =
          CollectionConverters.asJava(firstParent(TAG).iterator(part, context));
      try {
        return CollectionConverters.asScala(function.call(rows));
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
