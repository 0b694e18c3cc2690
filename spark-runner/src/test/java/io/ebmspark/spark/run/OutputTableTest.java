package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.store.FaultyFileSystem;
import io.ebmspark.spark.store.LockedException;
import io.ebmspark.spark.store.PathException;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputTableTest {
  /** More than a commit takes, and what Spark does just before. */
  private static final int COMMIT_CALLS = 60;

  private static SparkSession spark;
  @TempDir Path folder;

  @BeforeAll
  static void start() {
    spark = Sessions.shared();
    FaultyFileSystem.configuration()
        .getPropsWithPrefix("fs.")
        .forEach(
            (name, value) -> {
              if (name.startsWith("faulty.") || name.startsWith("copying.")) {
                spark.sparkContext().hadoopConfiguration().set("fs." + name, value);
              }
            });
  }

  @AfterEach
  void heal() {
    FaultyFileSystem.heal();
  }

  private static TableOutput output(String path, String format, boolean overwrite) {
    return new TableOutput(path, format, Map.of(), Optional.of(1), overwrite);
  }

  private TableOutput output(boolean overwrite) {
    return output(folder + "/table", "parquet", overwrite);
  }

  private static Dataset<Row> rows(long count) {
    return spark.range(count).withColumn("energy", functions.lit((double) count));
  }

  private static void write(Dataset<Row> rows, TableOutput output) {
    try (OutputTable table = OutputTable.open(spark, output, Map.of(), notice -> {})) {
      table.check(rows.schema());
      table.write(rows);
    }
  }

  private List<String> beside() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static void replace(Dataset<Row> rows, TableOutput output) {
    try (OutputTable table = OutputTable.open(spark, output, Map.of(), notice -> {})) {
      table.write(rows);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)));
      }
    }
  }

  private static void empty(Path root) throws IOException {
    if (Files.exists(root)) {
      try (Stream<Path> all = Files.walk(root)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          if (!path.equals(root)) {
            Files.delete(path);
          }
        }
      }
    }
  }

  /** The number of rows of a plain reader, which each row has as its energy too. */
  private long read() {
    List<Row> rows = spark.read().parquet(folder + "/table").collectAsList();
    assertThat(rows).allMatch(row -> row.<Double>getAs("energy") == rows.size());
    return rows.size();
  }

  /**
   * A death at every call that follows the writing of the rows, and at some while they are written:
   * the old table or the new one is there, and the same command again ends well.
   */
  @Tag("long")
  @Test
  void afterDeathAtAnyCallOfACommitTheOldOrTheNewTableIsThere(@TempDir Path aside)
      throws IOException {
    TableOutput faulty = output("faulty://" + folder + "/table", "parquet", true);
    write(rows(3), output(true));
    Path old = aside.resolve("table");
    copy(folder.resolve("table"), old);
    spark.sparkContext().setLogLevel("OFF"); // Spark says a great deal of every death
    FaultyFileSystem.made = 0;
    replace(rows(5), faulty);
    int calls = FaultyFileSystem.made;
    int olds = 0;
    int news = 0;
    for (int call = 0; call < calls; call += call < calls - COMMIT_CALLS ? 40 : 1) {
      empty(folder);
      copy(old, folder.resolve("table"));
      FaultyFileSystem.left = call;
      try {
        replace(rows(5), faulty);
      } catch (EbmException e) {
        assertThat(e.category()).isIn(Category.STORAGE, Category.DATA);
      }
      heal();
      empty(folder.resolve("table.lock")); // this process lives: others would watch if it moves
      OutputTable.settle(
          List.of(folder + "/table"), spark.sparkContext().hadoopConfiguration(), notice -> {});
      long found = read();
      assertThat(found).as("call %d of %d", call, calls).isIn(3L, 5L);
      olds += found == 3 ? 1 : 0;
      news += found == 5 ? 1 : 0;
      if (call % 5 == 0) {
        replace(rows(5), output(true));
        assertThat(read()).isEqualTo(5);
        assertThat(beside()).containsExactly("table");
      }
    }
    assertThat(olds).isGreaterThan(5);
    assertThat(news).isGreaterThan(5);
    System.out.printf("TABLE: %d calls, old %d, new %d%n", calls, olds, news);
  }

  @Test
  void theSecondRunOnATableIsTold() {
    try (OutputTable first = OutputTable.open(spark, output(true), Map.of(), notice -> {})) {
      assertThatThrownBy(() -> OutputTable.open(spark, output(true), Map.of(), notice -> {}))
          .isInstanceOf(LockedException.class)
          .hasMessageContaining("is held by another run: process");
      first.write(rows(2));
    }
    assertThat(read()).isEqualTo(2);
  }

  @Test
  void onlyWhatThisProgramWroteIsReplaced() throws IOException {
    write(rows(2), output(false));
    assertThatThrownBy(() -> write(rows(3), output(false)))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("exists already");
    Files.writeString(folder.resolve("table/part-of-someone-else.parquet"), "x");
    assertThatThrownBy(() -> write(rows(3), output(true)))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("part-of-someone-else.parquet")
        .hasMessageContaining("did not write");
    Files.delete(folder.resolve("table/part-of-someone-else.parquet"));
    Files.writeString(folder.resolve("table/.hidden"), "x");
    write(rows(3), output(true));
    assertThat(read()).isEqualTo(3);
    assertThat(folder.resolve("table/.hidden")).exists();
  }

  /** A table of release 0.1 is recognised by its energies; other tables are not. */
  @Test
  void tablesOfAnEarlierReleaseAreReplaced() throws Exception {
    Path release =
        Path.of(OutputTableTest.class.getResource("/io/ebmspark/release-0.1/table").toURI());
    Files.createDirectories(folder.resolve("table"));
    Files.createDirectories(folder.resolve("table.incomplete"));
    try (Stream<Path> files = Files.list(release)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve("table").resolve(file.getFileName()));
        Files.copy(file, folder.resolve("table.incomplete").resolve(file.getFileName()));
      }
    }
    write(rows(3), output(true));
    assertThat(read()).isEqualTo(3);
    assertThat(beside()).containsExactly("table");
    spark.range(4).write().parquet(folder + "/other");
    assertThatThrownBy(() -> write(rows(3), output(folder + "/other", "parquet", true)))
        .hasMessageContaining("a table that this program did not write");
    assertThat(spark.read().parquet(folder + "/other").count()).isEqualTo(4);
  }

  @Test
  void whatIsReadIsNeverWrittenOver() throws IOException {
    rows(4).write().parquet(folder + "/data/day=1");
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("data"));
    String data = folder + "/data";
    for (String[] both :
        List.of(
            new String[] {data, data},
            new String[] {data, folder.toString()},
            new String[] {data, data + "/scored"},
            new String[] {data, folder + "/link"},
            new String[] {data, folder + "/link/scored"},
            new String[] {"file://" + data, folder + "/x/../data"},
            new String[] {folder + "/d*/day=1", data},
            new String[] {folder + "/{data,other}", data},
            new String[] {folder + "/*", folder + "/scored"})) {
      assertThatThrownBy(
              () ->
                  OutputTable.open(
                      spark,
                      output(both[1], "parquet", true),
                      Map.of("source.path", List.of(both[0])),
                      notice -> {}))
          .as("%s, %s", both[0], both[1])
          .isInstanceOf(PathException.class)
          .hasMessageContaining("source.path")
          .hasMessageContaining("would be overwritten");
    }
    try (OutputTable table =
        OutputTable.open(
            spark,
            output(folder + "/database", "parquet", true),
            Map.of("source.path", List.of(data)),
            notice -> {})) {
      table.refuseToOverwrite(spark.read().parquet(data));
    }
    assertThat(spark.read().parquet(data).count()).isEqualTo(4);
  }

  @Test
  void whatTheFormatCannotHoldIsFoundBeforeTheWork() throws IOException {
    StructType arrays = spark.sql("select array(1.0) as p").schema();
    try (OutputTable table =
        OutputTable.open(spark, output(folder + "/table", "csv", false), Map.of(), notice -> {})) {
      assertThatThrownBy(() -> table.check(arrays))
          .isInstanceOf(BadSettingException.class)
          .hasMessageContaining("'csv' with its options cannot hold these rows");
    }
    TableOutput codec =
        new TableOutput(
            folder + "/table", "parquet", Map.of("compression", "nosuch"), Optional.empty(), false);
    try (OutputTable table = OutputTable.open(spark, codec, Map.of(), notice -> {})) {
      assertThatThrownBy(() -> table.check(arrays))
          .isInstanceOf(BadSettingException.class)
          .hasMessageContaining("output.options");
    }
    assertThat(beside()).isEmpty();
  }

  /** A full disc is not the fault of the rows or the settings. */
  @Test
  void aFullDiscIsAFailureOfTheStorage() {
    TableOutput faulty = output("faulty://" + folder + "/table", "parquet", true);
    write(rows(3), faulty);
    try (OutputTable table = OutputTable.open(spark, faulty, Map.of(), notice -> {})) {
      FaultyFileSystem.left = 0;
      FaultyFileSystem.throwsErrors = true;
      assertThatThrownBy(() -> table.check(rows(1).schema())).isInstanceOf(StorageException.class);
      assertThatThrownBy(() -> table.write(rows(5))).isInstanceOf(StorageException.class);
    } finally {
      heal();
    }
    assertThat(read()).isEqualTo(3);
  }

  /** Only what a task throws can be the fault of the rows. */
  @Test
  void aLostExecutorIsNoFaultOfTheRows() {
    SparkException lost =
        new SparkException("Job aborted: ExecutorLostFailure (executor 0 exited)");
    SparkException thrown = new SparkException("Job aborted", new IllegalStateException("a row"));
    try (OutputTable table =
        OutputTable.open(spark, output(folder + "/t", "csv", false), Map.of(), notice -> {})) {
      assertThat(table.failure(lost)).isNotInstanceOf(EbmException.class).hasCause(lost);
      assertThat(table.failure(new RuntimeException(new OutOfMemoryError())))
          .isNotInstanceOf(EbmException.class);
      assertThat(
              table.failure(
                  new IllegalStateException("Cannot call methods on a stopped SparkContext")))
          .isNotInstanceOf(EbmException.class);
      assertThat(table.failure(thrown)).isInstanceOf(DataException.class);
    }
  }
}
