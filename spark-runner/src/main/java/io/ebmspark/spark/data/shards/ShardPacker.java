package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.spark.data.encoding.RowEncoder;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.Function2;
import scala.Tuple2;

/** Packs the sorted rows of a shard into a block: either those to train on or those held out. */
final class ShardPacker
    implements Function2<Integer, Iterator<Tuple2<RowKey, Boolean>>, Iterator<RowBlock>> {
  private final boolean dropMissing;
  private final HoldOut holdOut;
  private final boolean packsHeldOut;
  private final long[] rows;
  private final int[] kept;
  private final boolean[] takesMissing;
  private final RowEncoder encoder;

  /**
   * @param packsHeldOut whether the rows held out are packed, or all others
   * @param rows of each shard, that are packed
   * @param kept which of the raw features are kept
   * @param takesMissing of the raw features, whether a missing value is one among others
   * @param encoder of the features kept
   */
  ShardPacker(
      boolean dropMissing,
      HoldOut holdOut,
      boolean packsHeldOut,
      long[] rows,
      int[] kept,
      boolean[] takesMissing,
      RowEncoder encoder) {
    this.dropMissing = dropMissing;
    this.holdOut = holdOut;
    this.packsHeldOut = packsHeldOut;
    this.rows = rows;
    this.kept = kept;
    this.takesMissing = takesMissing;
    this.encoder = encoder;
  }

  @Override
  public Iterator<RowBlock> call(Integer shard, Iterator<Tuple2<RowKey, Boolean>> sorted) {
    int inputs = encoder.inputs();
    float[] packed = new float[Math.toIntExact(rows[shard] * inputs)];
    int at = 0;
    while (sorted.hasNext()) {
      RowKey row = sorted.next()._1();
      double[] values = row.values();
      if (holdOut.holds(row) != packsHeldOut
          || (dropMissing && TableSummary.anyMissing(values, takesMissing))) {
        continue;
      }
      if (at == packed.length) {
        throw changed(shard);
      }
      encoder.encode(values, kept, packed, at);
      at += inputs;
    }
    if (at != packed.length) {
      throw changed(shard);
    }
    long firstRow = 0;
    for (int before = 0; before < shard; before++) {
      firstRow += rows[before];
    }
    return List.of(new RowBlock(firstRow, inputs, packed)).iterator();
  }

  /**
   * When Spark loses a shuffle's files it reads the source again, and may then find different rows.
   */
  private IllegalStateException changed(int shard) {
    return new IllegalStateException(
        "shard " + shard + " had " + rows[shard] + " rows when first read; the source has changed");
  }
}
