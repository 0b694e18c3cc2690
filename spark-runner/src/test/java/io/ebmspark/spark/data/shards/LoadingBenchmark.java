package io.ebmspark.spark.data.shards;

import com.sun.management.OperatingSystemMXBean;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.read.TableReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.RDDInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What it costs to make a table of 32 numbers ready for training, and how large it then is. */
@Tag("benchmark")
class LoadingBenchmark {
  private static final SparkSession SPARK = Sessions.shared();
  private static final int ROWS = Integer.getInteger("rows", 2_000_000);
  private static final int ROUNDS = Integer.getInteger("rounds", 3);
  private static final int SHARDS = Integer.getInteger("shards", 8);
  private static final int WIDTH = 32;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  @TempDir Path folder;

  @Test
  void aTableOfThirtyTwoNumbers() {
    String[] columns = new String[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      columns[i] = (i % 2 == 0 ? "float" : "double") + "(randn(" + i + ")) AS c" + i;
    }
    String path = folder.resolve("table").toString();
    SPARK.range(0, ROWS, 1, 8).selectExpr(columns).write().parquet(path);
    Sample sample = Sample.path(path).format("parquet");
    double[] passed = new double[ROUNDS];
    double[] cpu = new double[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) {
      long cpuBefore = SYSTEM.getProcessCpuTime();
      long started = System.nanoTime();
      try (ShardedTable table =
          ShardedTable.of(
              TableReader.read(SPARK, sample.settings().source()),
              sample.settings(),
              SHARDS,
              Phases.silent())) {
        if (round < 0) {
          for (RDDInfo info : SPARK.sparkContext().getRDDStorageInfo()) {
            System.out.printf(
                Locale.ROOT,
                "LOADING cached: %.3f of the floats in memory, %.3f on disc%n",
                info.memSize() / (4.0 * WIDTH * table.rows()),
                info.diskSize() / (4.0 * WIDTH * table.rows()));
          }
        } else {
          passed[round] = (System.nanoTime() - started) * 1e-3 / ROWS;
          cpu[round] = (SYSTEM.getProcessCpuTime() - cpuBefore) * 1e-3 / ROWS;
        }
      }
    }
    Arrays.sort(passed);
    Arrays.sort(cpu);
    System.out.printf(
        Locale.ROOT,
        "LOADING %d rows: µs a row, median (lowest–highest): %.2f (%.2f–%.2f) passed,"
            + " %.2f (%.2f–%.2f) of processor%n",
        ROWS,
        passed[ROUNDS / 2],
        passed[0],
        passed[ROUNDS - 1],
        cpu[ROUNDS / 2],
        cpu[0],
        cpu[ROUNDS - 1]);
  }
}
