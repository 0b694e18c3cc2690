package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.InternalRows;
import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.features.HeldOutColumn;
import io.ebmspark.spark.data.features.WrongLengthException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * A table's rows in canonical order, one partition a range of hashes. They are sorted once, by
 * Spark's sorter for its own rows, which goes to disc where memory is short, and then lie on the
 * executors' discs: what reads them again, to pack them when their units are known, reads along.
 */
final class OrderedRows implements AutoCloseable {
  private static final String SHARD = "shard";
  private static final String PLACE = "place";

  /** A row on its way: its hash, as a signed number of the same order, and what it holds. */
  private static final StructType TRAVELLING =
      new StructType()
          .add(SHARD, DataTypes.IntegerType, false)
          .add(PLACE, DataTypes.LongType, false)
          .add("count", DataTypes.LongType, false)
          .add("weight", DataTypes.DoubleType, false)
          .add("values", DataTypes.BinaryType, false)
          .add("side", DataTypes.IntegerType, false);

  private final JavaRDD<byte[]> packed;

  private OrderedRows(JavaRDD<byte[]> packed) {
    this.packed = packed;
  }

  /**
   * Reads and orders rows, including those with missing values or wrong lengths, which may run the
   * first of it at once.
   *
   * @param shards the number of ranges of hashes
   */
  static OrderedRows of(Dataset<Row> table, DataSettings settings, Features features, int shards) {
    List<Column> more = new ArrayList<>();
    settings
        .weight()
        .ifPresent(name -> more.add(Features.quoted(name).cast("double").as("__ebm_weight")));
    int weight = more.isEmpty() ? -1 : features.columns().size();
    if (settings.holdOut().byColumn()) {
      more.add(HeldOutColumn.of(table, settings.holdOut()).as("__ebm_held_out"));
    }
    int side = settings.holdOut().byColumn() ? features.columns().size() + more.size() - 1 : -1;
    Dataset<Row> selected = features.select(table, more.toArray(Column[]::new));
    FeatureExtractor extractor = new FeatureExtractor(features, selected.schema());
    HashRanges ranges = new HashRanges(shards);
    // A row is nothing but its key. Faulty rows are shuffled too: only what arrives in a shard is
    // counted exactly, however often Spark reruns a reading task.
    Dataset<Row> travelling =
        InternalRows.mapPartitions(
            selected,
            TRAVELLING,
            rows ->
                new Travelling(
                    new EqualRows(rows, row -> key(extractor, weight, side, row)), ranges));
    Dataset<Row> sorted =
        travelling
            .repartitionById(shards, functions.col(SHARD))
            .sortWithinPartitions(functions.col(PLACE));
    return new OrderedRows(
        InternalRows.of(sorted)
            .mapPartitions(OrderedRows::packed)
            .persist(StorageLevel.DISK_ONLY()));
  }

  /** Each row with its count; a row is good until the next. */
  JavaPairRDD<RowKey, Long> rows() {
    return packed.mapPartitionsToPair(PackedRows.Unpacked::new);
  }

  /** The key of a row; a weight that is null is no number. */
  private static RowKey key(FeatureExtractor extractor, int weight, int side, InternalRow row) {
    double found = weight < 0 ? 1 : row.isNullAt(weight) ? Double.NaN : row.getDouble(weight);
    try {
      return RowKey.of(extractor.extract(row), found, side(side, row));
    } catch (WrongLengthException e) {
      return RowKey.ofWrongLength(e.length());
    }
  }

  private static RowKey.Side side(int column, InternalRow row) {
    if (column < 0) {
      return RowKey.Side.BEFORE;
    }
    if (row.isNullAt(column)) {
      return RowKey.Side.UNKNOWN;
    }
    return row.getBoolean(column) ? RowKey.Side.FROM_ON : RowKey.Side.BEFORE;
  }

  private static Iterator<byte[]> packed(Iterator<InternalRow> sorted) {
    return new PackedRows(sorted);
  }

  /** The hash of a row from its place in the order. */
  static long hash(InternalRow travelling) {
    return travelling.getLong(1) ^ Long.MIN_VALUE;
  }

  /** Rows as they are shuffled. */
  private static final class Travelling implements Iterator<InternalRow> {
    private final Iterator<Tuple2<RowKey, Long>> rows;
    private final HashRanges ranges;

    Travelling(Iterator<Tuple2<RowKey, Long>> rows, HashRanges ranges) {
      this.rows = rows;
      this.ranges = ranges;
    }

    @Override
    public boolean hasNext() {
      return rows.hasNext();
    }

    @Override
    public InternalRow next() {
      Tuple2<RowKey, Long> next = rows.next();
      RowKey row = next._1();
      return new GenericInternalRow(
          new Object[] {
            ranges.shard(row.hash()),
            row.hash() ^ Long.MIN_VALUE,
            next._2(),
            row.weight(),
            PackedRows.bytes(row.values()),
            row.side().code()
          });
    }
  }

  /** Gives the discs back. */
  @Override
  public void close() {
    packed.unpersist(false);
  }
}
