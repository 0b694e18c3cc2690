package io.ebmspark.spark.check;

import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.profile.TableScan;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What profile and checks of a million rows of thirty columns cost, beside loading these rows. */
@Tag("benchmark")
class ScanBenchmark {
  private static final SparkSession SPARK = Sessions.shared();

  @TempDir Path folder;

  @Test
  void aMillionRowsOfThirtyColumns() {
    String columns =
        IntStream.range(0, 30)
            .mapToObj(i -> "randn(" + i + ") AS c" + i)
            .collect(Collectors.joining(", "));
    SPARK
        .range(0, 1_000_000, 1, 4)
        .selectExpr(columns.split(", (?=randn)"))
        .write()
        .parquet(folder.resolve("rows").toString());
    DataSettings data = Sample.path(folder.resolve("rows")).settings();
    Champion champion = Champions.of(SPARK.read().parquet(folder + "/rows").limit(200_000), data);
    for (int round = 1; round <= 3; round++) {
      Dataset<Row> rows = SPARK.read().parquet(folder.resolve("rows").toString());
      long started = System.nanoTime();
      CheckResult result =
          DataChecks.check(rows, data, Optional.of(champion), List.of(), CheckSettings.defaults());
      long checked = System.nanoTime();
      TableScan scan = result.scan().orElseThrow();
      scan.profile();
      long profiled = System.nanoTime();
      ShardedTable.of(rows, data, 4).close();
      long loaded = System.nanoTime();
      System.out.printf(
          Locale.ROOT,
          "SCAN round %d: checks %.1f s, profile after them %.1f s; loading the rows %.1f s%n",
          round,
          (checked - started) * 1e-9,
          (profiled - checked) * 1e-9,
          (loaded - profiled) * 1e-9);
    }
  }
}
