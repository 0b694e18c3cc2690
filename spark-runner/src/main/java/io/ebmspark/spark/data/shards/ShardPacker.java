package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.spark.data.encoding.RowEncoder;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.Function2;
import scala.Tuple2;

/** Packs the sorted rows of one part of a shard into a block. */
final class ShardPacker
    implements Function2<Integer, Iterator<Tuple2<RowKey, Long>>, Iterator<RowBlock>> {
  private final RowParts parts;
  private final RowParts.Part part;
  private final ShardCuts cuts;
  private final double meanWeight;
  private final int[] kept;
  private final int[] needed;
  private final RowEncoder encoder;

  /**
   * @param part whose rows are packed
   * @param cuts where the rows of that part are cut into shards
   * @param meanWeight the weight that counts as 1; 0 if rows have none
   * @param kept indices of the raw features to keep
   * @param needed indices of the raw features without which a row is dropped
   * @param encoder of the features kept
   */
  ShardPacker(
      RowParts parts,
      RowParts.Part part,
      ShardCuts cuts,
      double meanWeight,
      int[] kept,
      int[] needed,
      RowEncoder encoder) {
    this.parts = parts;
    this.part = part;
    this.cuts = cuts;
    this.meanWeight = meanWeight;
    this.kept = kept;
    this.needed = needed;
    this.encoder = encoder;
  }

  @Override
  public Iterator<RowBlock> call(Integer shard, Iterator<Tuple2<RowKey, Long>> sorted) {
    long first = cuts.shards()[shard];
    long end = cuts.shards()[shard + 1];
    int width = encoder.inputs();
    float[] packed = new float[Math.toIntExact((end - first) * width)];
    float[] weights = meanWeight == 0 ? null : new float[(int) (end - first)];
    int at = 0;
    long place = cuts.ranges()[cuts.firstRange(shard)];
    while (sorted.hasNext()) {
      Tuple2<RowKey, Long> next = sorted.next();
      RowKey row = next._1();
      double[] values = row.values();
      if (parts.of(row) != part || TableSummary.lacksNeeded(values, needed)) {
        continue;
      }
      // Of a row's copies those that lie in this shard.
      long copies = Math.min(place + next._2(), end) - Math.max(place, first);
      place += next._2();
      for (long copy = 0; copy < copies; copy++) {
        if (copy > 0) {
          System.arraycopy(packed, at - width, packed, at, width);
        } else {
          encoder.encode(values, kept, packed, at);
        }
        if (weights != null) {
          weights[at / width] = (float) (row.weight() / meanWeight);
        }
        at += width;
      }
    }
    if (at != packed.length || place != cuts.ranges()[cuts.endRange(shard)]) {
      throw changed(shard);
    }
    return List.of(RowBlock.of(first, width, packed, weights)).iterator();
  }

  /**
   * When Spark loses a shuffle's files it reads the source again, and may then find different rows.
   */
  private IllegalStateException changed(int shard) {
    return new IllegalStateException(
        "shard "
            + shard
            + " had "
            + cuts.rows(shard)
            + " rows when first read; the source has changed");
  }
}
