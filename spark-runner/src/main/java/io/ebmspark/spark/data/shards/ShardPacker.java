package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.Function2;
import scala.Tuple2;

/** Packs the sorted rows of one part of a shard into a block. */
final class ShardPacker
    implements Function2<Integer, Iterator<Tuple2<RowKey, Boolean>>, Iterator<RowBlock>> {
  private final boolean dropMissing;
  private final RowParts parts;
  private final RowParts.Part part;
  private final long[] rows;
  private final int[] kept;
  private final double[] means;
  private final FeatureScaling scaling;

  /**
   * @param part whose rows are packed
   * @param rows number of rows to pack, for each shard
   * @param kept indices of the raw features to keep
   * @param means of the kept features, in the table's units, in place of missing values
   * @param scaling of the kept features
   */
  ShardPacker(
      boolean dropMissing,
      RowParts parts,
      RowParts.Part part,
      long[] rows,
      int[] kept,
      double[] means,
      FeatureScaling scaling) {
    this.dropMissing = dropMissing;
    this.parts = parts;
    this.part = part;
    this.rows = rows;
    this.kept = kept;
    this.means = means;
    this.scaling = scaling;
  }

  @Override
  public Iterator<RowBlock> call(Integer shard, Iterator<Tuple2<RowKey, Boolean>> sorted) {
    float[] packed = new float[Math.toIntExact(rows[shard] * kept.length)];
    int at = 0;
    while (sorted.hasNext()) {
      RowKey row = sorted.next()._1();
      double[] values = row.values();
      if (parts.of(row) != part || (dropMissing && TableSummary.anyMissing(values))) {
        continue;
      }
      if (at == packed.length) {
        throw changed(shard);
      }
      for (int i = 0; i < kept.length; i++) {
        double value = values[kept[i]];
        packed[at++] = scaling.toModel(i, Double.isFinite(value) ? value : means[i]);
      }
    }
    if (at != packed.length) {
      throw changed(shard);
    }
    long firstRow = 0;
    for (int before = 0; before < shard; before++) {
      firstRow += rows[before];
    }
    return List.of(new RowBlock(firstRow, kept.length, packed)).iterator();
  }

  /**
   * When Spark loses a shuffle's files it reads the source again, and may then find different rows.
   */
  private IllegalStateException changed(int shard) {
    return new IllegalStateException(
        "shard " + shard + " had " + rows[shard] + " rows when first read; the source has changed");
  }
}
