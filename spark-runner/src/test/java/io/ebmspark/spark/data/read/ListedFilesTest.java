package io.ebmspark.spark.data.read;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
