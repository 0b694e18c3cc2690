package io.ebmspark.spark.data.read;

import io.ebmspark.spark.data.InternalRows;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Spreads a table over the cores where files cannot be: a compressed text file is read by one task,
 * however long it is, and a Parquet file by as many as it has row groups.
 */
public final class Spreading {
  /** Moving rows takes microseconds each, and is worth it if reading them all takes minutes. */
  private static final long LARGE_BYTES = 32L << 20;

  private Spreading() {}

  /**
   * The same rows; moved among tasks if large files leave half of the cores or more without any.
   *
   * @param table of files, or filtered: planning it must run nothing
   */
  public static Dataset<Row> of(Dataset<Row> table) {
    return of(table, LARGE_BYTES);
  }

  static Dataset<Row> of(Dataset<Row> table, long largeBytes) {
    int cores = table.sparkSession().sparkContext().defaultParallelism();
    int parts = InternalRows.of(table).getNumPartitions();
    boolean isLarge = InternalRows.bytes(table) / Math.max(1, parts) >= largeBytes;
    return parts > 0 && 2 * parts <= cores && isLarge ? table.repartition(cores) : table;
  }
}
