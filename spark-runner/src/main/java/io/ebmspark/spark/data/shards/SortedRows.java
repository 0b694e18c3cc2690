package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.spark.data.shards.RowParts.Part;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * The rows in canonical order, and how to pack them into blocks.
 *
 * @param ordered which are kept until the table is closed: for what is packed later, and for shards
 *     that are lost
 * @param cuts of each part into shards
 * @param meanWeight of the rows trained on; 0 if rows have no weights
 * @param kept indices of the table's features that the units describe
 * @param needed indices of the table's features without which a row is dropped
 */
record SortedRows(
    OrderedRows ordered,
    RowParts parts,
    Map<Part, ShardCuts> cuts,
    double meanWeight,
    int[] kept,
    int[] needed,
    Units units) {
  /** The rows of a part, a block a shard, computed whenever they are asked for. */
  JavaRDD<RowBlock> packed(Part part) {
    return packed(parts, part, cutsOf(part));
  }

  private ShardCuts cutsOf(Part part) {
    return Objects.requireNonNull(cuts.get(part));
  }

  /** How many rows a part has. */
  long count(Part part) {
    return cutsOf(part).all();
  }

  /** The rows that a smaller share than this table's holds out. */
  JavaRDD<RowBlock> heldOut(HoldOut fewer) {
    RowParts cut = parts.withHeldOut(fewer);
    int[] mustHave = needed; // this record is not sent to executors
    List<Long> counts =
        ordered
            .rows()
            .mapPartitions(shard -> List.of(count(shard, cut, mustHave)).iterator())
            .collect();
    return packed(
        cut, Part.HELD_OUT, ShardCuts.of(counts.stream().mapToLong(Long::longValue).toArray()));
  }

  private static long count(Iterator<Tuple2<RowKey, Long>> shard, RowParts parts, int[] needed) {
    long count = 0;
    while (shard.hasNext()) {
      Tuple2<RowKey, Long> next = shard.next();
      RowKey row = next._1();
      boolean isDropped = TableSummary.lacksNeeded(row.values(), needed);
      count += parts.of(row) == Part.HELD_OUT && !isDropped ? next._2() : 0;
    }
    return count;
  }

  private JavaRDD<RowBlock> packed(RowParts parts, Part part, ShardCuts cuts) {
    return cuts.of(ordered.rows())
        .mapPartitionsWithIndex(
            new ShardPacker(parts, part, cuts, meanWeight, kept, needed, units.encoder()), true);
  }
}
