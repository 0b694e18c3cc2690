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
    ShardCuts cut = cutsOf(part);
    return cut.of(ordered.rows())
        .mapPartitionsWithIndex(
            new ShardPacker(parts, part, cut, meanWeight, kept, needed, units.encoder()), true);
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
    return only(parts.withHeldOut(fewer), Part.HELD_OUT, needed).packed(Part.HELD_OUT);
  }

  /**
   * The rows of one part, which other rules may cut; counting them is a pass over the rows.
   *
   * @param mustHave indices of features without which a row is left out
   */
  SortedRows only(RowParts cut, Part part, int[] mustHave) {
    List<Long> counts =
        ordered
            .rows()
            .mapPartitions(shard -> List.of(count(shard, cut, part, mustHave)).iterator())
            .collect();
    ShardCuts counted = ShardCuts.of(counts.stream().mapToLong(Long::longValue).toArray());
    return new SortedRows(ordered, cut, Map.of(part, counted), meanWeight, kept, mustHave, units);
  }

  /**
   * The same rows in another model's units.
   *
   * @param places indices of the table's features that those units describe
   */
  SortedRows in(Units others, int[] places) {
    return new SortedRows(ordered, parts, cuts, meanWeight, places, needed, others);
  }

  private static long count(
      Iterator<Tuple2<RowKey, Long>> shard, RowParts parts, Part part, int[] needed) {
    long count = 0;
    while (shard.hasNext()) {
      Tuple2<RowKey, Long> next = shard.next();
      RowKey row = next._1();
      boolean isDropped = TableSummary.lacksNeeded(row.values(), needed);
      count += parts.of(row) == part && !isDropped ? next._2() : 0;
    }
    return count;
  }
}
