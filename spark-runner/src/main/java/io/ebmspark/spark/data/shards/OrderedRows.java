package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.KeptBlocks;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.InternalRows;
import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.features.HeldOutColumn;
import io.ebmspark.spark.data.features.RowValues;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * A table's rows in canonical order, one partition a range of hashes. They are sorted once, by
 * Spark's sorter, which goes to disc where memory is short, and then lie on the executors' discs:
 * what reads them again, to pack them when their units are known, reads along.
 *
 * <p>They are sorted in as many ranges as suit the table's size as Spark knows it, which changes
 * nothing: as many as there are shards are told apart afterwards, when rows have been counted.
 */
final class OrderedRows implements AutoCloseable {
  /** About as much of the source as is sorted at once. */
  private static final double RANGE_BYTES = 1L << 27;

  /** A part of a source holds no more ranges than this: Spark may know nothing of its size. */
  private static final int MOST_RANGES_A_PART = 8;

  private final JavaRDD<byte[]> sorted;
  private final RowFormat format;
  private final HashRanges ranges;
  private final HashRanges shards;

  private OrderedRows(
      JavaRDD<byte[]> sorted, RowFormat format, HashRanges ranges, HashRanges shards) {
    this.sorted = sorted;
    this.format = format;
    this.ranges = ranges;
    this.shards = shards;
  }

  /**
   * Reads rows, including those with missing values or wrong lengths, and orders them, at once or
   * when they are asked for.
   *
   * @param rule how many ranges of hashes are told apart
   * @param inputs of a row
   */
  static OrderedRows of(
      Dataset<Row> table, DataSettings settings, Features features, ShardRule rule, int inputs)
      throws SparkException {
    return of(table, settings, features, rule, inputs, RANGE_BYTES);
  }

  /**
   * The same.
   *
   * @param rangeBytes about as much of the source as is sorted at once
   */
  static OrderedRows of(
      Dataset<Row> table,
      DataSettings settings,
      Features features,
      ShardRule rule,
      int inputs,
      double rangeBytes)
      throws SparkException {
    List<Column> more = new ArrayList<>();
    settings
        .weight()
        .ifPresent(name -> more.add(Features.quoted(name).try_cast("double").as("__ebm_weight")));
    int weight = more.isEmpty() ? -1 : features.columns().size();
    if (settings.holdOut().byColumn()) {
      more.add(HeldOutColumn.of(table, settings.holdOut()).as("__ebm_held_out"));
    }
    int side = settings.holdOut().byColumn() ? features.columns().size() + more.size() - 1 : -1;
    Dataset<Row> selected = features.select(table, more.toArray(Column[]::new));
    FeatureExtractor extractor = new FeatureExtractor(features, selected.schema());
    RowFormat format = RowFormat.of(weight >= 0, features, selected.schema());
    RowKeys keys = new RowKeys(weight, side);
    JavaRDD<RowKey> source = RowValues.map(selected, extractor, keys::of);
    HashRanges ranges = ranges(rule, InternalRows.bytes(selected), source, rangeBytes);
    // A row is nothing but its key. Faulty rows are shuffled too: only what arrives in a shard is
    // counted exactly, however often Spark reruns a reading task.
    RowShuffle shuffle = new RowShuffle(source, format, ranges);
    HashRanges shards = new HashRanges(rule.shards(shuffle.read(), inputs));
    JavaRDD<byte[]> sorted =
        shuffle
            .pieces()
            .mapPartitions(pieces -> SortedPieces.of(pieces, format))
            .persist(StorageLevel.DISK_ONLY());
    OrderedRows ordered = new OrderedRows(sorted, format, ranges, shards);
    if (!ordered.isOneToOne()) {
      try {
        sorted.count(); // or several tasks would sort one range
      } catch (Throwable e) {
        ordered.close();
        throw e;
      }
    }
    return ordered;
  }

  private static HashRanges ranges(
      ShardRule rule, double bytes, JavaRDD<RowKey> source, double rangeBytes) {
    double most = (double) MOST_RANGES_A_PART * source.getNumPartitions();
    return new HashRanges(
        ShardRule.doubled(rule.fewest(), Math.min(bytes, most * rangeBytes), rangeBytes));
  }

  private boolean isOneToOne() {
    return ranges.count() == shards.count();
  }

  /** How many ranges of hashes rows come in. */
  int shards() {
    return shards.count();
  }

  /** Each row with its count; a row is good until the next. */
  JavaRDD<Tuple2<RowKey, Long>> rows() {
    RowFormat of = format;
    if (isOneToOne()) {
      return sorted.mapPartitions(pieces -> new UnpackedRows(pieces, of));
    }
    HashRanges wanted = shards;
    return PartitionRuns.of(
            sorted,
            shards.count(),
            shard -> ranges.first(shard, shards),
            shard -> ranges.end(shard, shards))
        .mapPartitionsWithIndex(
            (shard, pieces) -> new UnpackedRows(pieces, of, wanted, shard), true);
  }

  /** Gives the discs back. */
  @Override
  public void close() {
    KeptBlocks.release(sorted);
  }
}
