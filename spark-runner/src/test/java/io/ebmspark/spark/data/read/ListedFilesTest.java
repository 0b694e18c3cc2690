package io.ebmspark.spark.data.read;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListedFilesTest {
  private final SparkSession spark = Sessions.shared();
  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    Files.createDirectory(folder.resolve("day=1"));
    Files.writeString(part(1), "{\"a\": 1.5}\n{\"a\": 2.5}\n");
    Files.createDirectory(folder.resolve("day=2"));
    Files.writeString(part(2), "{\"a\": 3.5}\n");
  }

  private Path part(int day) {
    return folder.resolve("day=" + day).resolve("part.json");
  }

  private SourceSettings source() {
    return Sample.path(folder).format("json").settings().source();
  }

  private void check(Dataset<Row> table) {
    ListedFiles.refuseChanged(table.select("a").where("a > 0"), source());
  }

  @Test
  void aFileThatWasWrittenToOrReplacedIsNamed() throws Exception {
    Dataset<Row> table = TableReader.read(spark, source());
    check(table);
    Files.writeString(part(2), "{\"a\": 3.5}\n{\"a\": 4.5}\n");
    assertThatThrownBy(() -> check(table))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("day=2/part.json of json ", "was written to or replaced");

    Dataset<Row> again = TableReader.read(spark, source());
    check(again);
    Files.setLastModifiedTime(part(1), FileTime.fromMillis(1));
    assertThatThrownBy(() -> check(again)).hasMessageContaining("day=1/part.json");
  }

  /** The first is never read, and the second was read before. */
  @Test
  void aFileThatIsNewOrGoneChangesNothing() throws Exception {
    Dataset<Row> table = TableReader.read(spark, source());
    Files.writeString(folder.resolve("day=1").resolve("new.json"), "{\"a\": 9}\n");
    Files.delete(part(2));
    assertThatCode(() -> check(table)).doesNotThrowAnyException();
  }

  /** Lists a file that is not there any more. */
  public static final class Late extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("late:///");
    }

    @Override
    public String getScheme() {
      return "late";
    }

    @Override
    public FileStatus[] listStatus(org.apache.hadoop.fs.Path folder) throws IOException {
      FileStatus[] there = super.listStatus(folder);
      FileStatus[] listed = Arrays.copyOf(there, there.length + 1);
      org.apache.hadoop.fs.Path gone = new org.apache.hadoop.fs.Path(folder, "gone.file");
      listed[there.length] = makeQualified(new FileStatus(20, false, 1, 1 << 20, 1, gone));
      return listed;
    }

    private FileStatus makeQualified(FileStatus status) {
      status.setPath(makeQualified(status.getPath()));
      return status;
    }
  }

  /** Spark reads files, to see what columns they have, before there is a table. */
  @ParameterizedTest
  @ValueSource(strings = {"json", "csv", "parquet"})
  void aFileThatIsGoneWhenTheTableIsOpenedIsNamed(String format) {
    spark
        .sparkContext()
        .hadoopConfiguration()
        .setClass("fs.late.impl", Late.class, FileSystem.class);
    SourceSettings late =
        Sample.path("late://" + folder.resolve("day=1")).format(format).settings().source();
    assertThatThrownBy(() -> TableReader.read(spark, late))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("gone.file", format, "was removed before it was read");
  }

  @Test
  void rowsKeptInMemoryComeFromNoFile() throws Exception {
    Dataset<Row> table = TableReader.read(spark, source()).cache();
    try {
      Files.writeString(part(2), "{\"a\": 4.5}\n");
      assertThatCode(() -> check(table)).doesNotThrowAnyException();
    } finally {
      table.unpersist();
    }
  }

  @Test
  void aFileThatIsGoneBeforeItIsReadIsNamed() throws Exception {
    Dataset<Row> table = TableReader.read(spark, source());
    Files.delete(part(1));
    assertThatThrownBy(
            () -> ShardedTable.of(table, Sample.path(folder).format("json").settings(), 2))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("day=1/part.json of json ", "was removed before it was read");
  }
}
