package io.ebmspark.spark.data.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableReaderTest {
  private final SparkSession spark = Sessions.shared();
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"csv", "json", "parquet", "orc"})
  void formats(String format) {
    String path = folder.resolve("data").toString();
    spark
        .sql("select 1.5 as a, 2 as b union all select 2.5, 3")
        .write()
        .format(format)
        .option("header", "true")
        .save(path);
    Dataset<Row> rows =
        TableReader.read(spark, Sample.path(path).format(format).settings().source());
    assertThat(rows.columns()).containsExactlyInAnyOrder("a", "b");
    assertThat(rows.where("a = 2.5 and b = 3").count()).isEqualTo(1);
    try (ShardedTable table =
        ShardedTable.load(spark, Sample.path(path).format(format).settings(), 2)) {
      assertThat(table.rows()).isEqualTo(2);
      assertThat(table.features().columns()).containsExactly("a", "b");
    }
  }

  @Test
  void csvOptionsCanBeOverruled() throws Exception {
    Path file = Files.writeString(folder.resolve("x.csv"), "1;2\n3;4\n");
    Sample sample = Sample.path(file).format("csv").options(Map.of("header", "false", "sep", ";"));
    Dataset<Row> rows = TableReader.read(spark, sample.settings().source());
    assertThat(rows.columns()).containsExactly("_c0", "_c1");
    assertThat(rows.count()).isEqualTo(2);
  }

  /** As Spark reads them: files without headers have none that could differ. */
  @Test
  void optionsAreKnownByNamesInAnyCase() throws Exception {
    Files.writeString(folder.resolve("1.csv"), "1,2\n3,4\n");
    Files.writeString(folder.resolve("2.csv"), "5,6\n");
    Sample sample = Sample.path(folder).format("csv").options(Map.of("Header", "false"));
    assertThat(TableReader.read(spark, sample.settings().source()).count()).isEqualTo(3);
  }

  /** Which a night's files may only seem to be: 007 is no 7 to a model that knows 007. */
  @ParameterizedTest
  @ValueSource(strings = {"csv", "json"})
  void textThatLooksLikeNumbersIsTextToAModelThatKnowsItAsText(String format) throws Exception {
    Path file = Files.createDirectories(folder.resolve("day=01")).resolve("night");
    Files.writeString(
        file,
        format.equals("csv")
            ? "x,ok,zip\n1,True,007\n2,False,1e3\n"
            : "{\"x\":1,\"ok\":\"True\",\"zip\":\"007\"}\n{\"x\":2,\"ok\":\"False\",\"zip\":1e3}\n");
    SourceSettings source =
        Sample.path(folder).format(format).where("zip >= '00'").settings().source();
    KnownColumns known =
        new KnownColumns(
            Map.of("x", "double", "ok", "string", "zip", "string", "day", "string"),
            Optional.empty());
    for (Dataset<Row> rows :
        List.of(
            TableReader.read(spark, source, known),
            TableReader.readWithAbsent(spark, source, known))) {
      assertThat(rows.schema().apply("x").dataType().typeName()).isIn("integer", "long");
      assertThat(rows.select("ok", "zip", "day").orderBy("x").collectAsList())
          .containsExactly(
              RowFactory.create("True", "007", "01"), RowFactory.create("False", "1e3", "01"));
    }
  }

  @Test
  void aSeparatorThatIsNoCommaIsNamed() throws Exception {
    for (String sep : List.of(";", "\t", "|")) {
      Path file =
          Files.writeString(
              folder.resolve("x.csv"), String.join(sep, "a", "b", "c\n-1,5", "2,25", "x\n"));
      Sample sample = Sample.path(file).format("csv");
      String named = sep.equals("\t") ? "{sep: \"\\t\"}" : "{sep: '" + sep + "'}";
      refusedFor(sample, "x.csv", "is one column", "set source.options: " + named);
      refusedFor(sample.options(Map.of("Header", "true")), named);
      assertThat(columns(sample.options(Map.of("SEP", sep)))).containsExactly("a", "b", "c");
      assertThat(columns(sample.options(Map.of("delimiter", ",")))).hasSize(1);
    }
    Path single = Files.writeString(folder.resolve("one.csv"), "P(A or B)\n1\n2\n");
    assertThat(columns(Sample.path(single).format("csv"))).containsExactly("P(A or B)");
    Path noHeader = Files.writeString(folder.resolve("none.csv"), "1;2\n3;4\n");
    refusedFor(
        Sample.path(noHeader).format("csv").options(Map.of("header", "false")), "{sep: ';'}");
  }

  @Test
  void binaryFilesAreNoCsv() throws Exception {
    for (String format : List.of("parquet", "orc")) {
      String path = folder.resolve(format).toString();
      spark.range(100).selectExpr("id as a", "id as b").write().format(format).save(path);
      refusedFor(Sample.path(path).format("csv"), "is no csv", "set source.format: " + format);
    }
    byte[] zip = {'P', 'K', 3, 4, 20, 0, ',', '\n', 'x', '\n'};
    Path file = Files.write(folder.resolve("x.csv"), zip);
    refusedFor(Sample.path(file).format("csv"), "is no csv", "correct source.path");
    file = Files.writeString(folder.resolve("x.csv"), "a\u0001b\n1\u00012\n");
    assertThat(columns(Sample.path(file).format("csv").options(Map.of("sep", "\u0001"))))
        .containsExactly("a", "b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.5,-2,0.25",
        "5,0,0,0",
        "3.5",
        "1,2025-02-12 19:45:05+01:00,2025-10-12,33.16,,False,US,\"a b\"",
        "-1.0756,2.4697,blue,91,False"
      })
  void aRowInPlaceOfTheHeaderIsNamed(String line) throws Exception {
    Path file = Files.writeString(folder.resolve("x.csv"), line + "\n" + line + "\n");
    Sample sample = Sample.path(file).format("csv");
    refusedFor(sample, "looks like a row", "{header: false}");
    assertThat(columns(sample.options(Map.of("header", "true"))))
        .hasSameSizeAs(columns(sample.options(Map.of("header", "false"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0,1,2,3",
        ",0,1,2",
        "label,400.5,401.0,401.5",
        "key,2021,2020,2023",
        "5412,331,8822",
        "2024-01-01,2024-02-01",
        "3,2,a,b,c",
        "p50,p90,1"
      })
  void namesMayBeNumbers(String line) throws Exception {
    Path file = Files.writeString(folder.resolve("x.csv"), line + "\n" + line + "\n");
    assertThat(columns(Sample.path(file).format("csv"))).isNotEmpty();
  }

  @Test
  void tableAndFilter() {
    spark.range(10).createOrReplaceTempView("ten");
    Dataset<Row> rows =
        TableReader.read(spark, Sample.table("ten").where("id < 4").settings().source());
    assertThat(rows.count()).isEqualTo(4);
  }

  @Test
  void aLargeFileThatCannotBeCutIsSpreadOverTheCores() {
    String path = folder.resolve("packed").toString();
    spark.range(0, 50, 1, 1).write().option("compression", "gzip").option("header", true).csv(path);
    Dataset<Row> rows =
        TableReader.read(spark, Sample.path(path).format("csv").settings().source());
    assertThat(Spreading.of(rows)).isSameAs(rows);
    assertThat(Spreading.of(rows, 1).javaRDD().glom().filter(part -> !part.isEmpty()).count())
        .isEqualTo(2);
    Dataset<Row> spread = rows.repartition(2);
    assertThat(Spreading.of(spread, 1)).isSameAs(spread);
  }

  @Test
  void missingPath() {
    refused(Sample.path(folder.resolve("none")), "source.path", "none does not exist");
  }

  @Test
  void unknownFormat() {
    refused(
        Sample.path(folder).format("parket"), "source.format parket (is it parquet?) is unknown");
    refused(Sample.path(folder).format("jsonl"), "source.format jsonl (is it json?) is unknown");
    refused(
        Sample.path(folder).format("avro"),
        "set EBM_SUBMIT=\"--packages org.apache.spark:spark-avro_2.13:" + spark.version() + "\"");
  }

  @Test
  void wrongFormat() throws Exception {
    Path file = Files.writeString(folder.resolve("x.parquet"), "this is no parquet file at all");
    refused(Sample.path(file), "cannot be read as parquet");
    Files.createDirectory(folder.resolve("empty"));
    refused(Sample.path(folder.resolve("empty")), "cannot be read as parquet");
  }

  @Test
  void oneDocumentIsNotReadAsLines() throws Exception {
    Path file = Files.writeString(folder.resolve("x.json"), "[{\n\"a\": 1\n},\n{\n\"a\": 2\n}]\n");
    Sample sample = Sample.path(file).format("json");
    refusedFor(sample, "no line that is JSON by itself", "{multiLine: true}");
    assertThat(columns(sample.options(Map.of("multiLine", "true")))).containsExactly("a");
  }

  /** Files that a log no longer counts to its table are there still. */
  @Test
  void aTableWithALogIsNotReadAsItsFiles() throws Exception {
    String path = folder.resolve("t").toString();
    spark.range(10).selectExpr("id as a", "id % 2 as b").write().partitionBy("b").parquet(path);
    assertThat(columns(Sample.path(path))).containsExactly("a", "b");
    Files.createDirectory(folder.resolve("t/_delta_log"));
    refusedFor(Sample.path(path), "t, a table of format delta", "set source.format: delta");
    refusedFor(Sample.path(path + "/b=0"), "b=0 is ", "t, a table of format delta");
    assertThat(columns(Sample.path(path + "/*"))).containsExactly("a");
  }

  @Test
  void timesInNanosecondsAreNamed() throws Exception {
    MessageType type =
        MessageTypeParser.parseMessageType(
            "message table { required int64 t (TIMESTAMP(NANOS,false)); }");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                new org.apache.hadoop.fs.Path(folder.resolve("n.parquet").toString()))
            .withType(type)
            .build()) {
      writer.write(new SimpleGroupFactory(type).newGroup().append("t", 1_000_000_000L));
    }
    Sample sample = Sample.path(folder.resolve("n.parquet"));
    refused(sample, "holds times in nanoseconds", "--conf spark.sql.legacy.parquet.nanosAsLong");
    spark.conf().set("spark.sql.legacy.parquet.nanosAsLong", "true");
    try {
      Dataset<Row> rows = TableReader.read(spark, sample.settings().source());
      assertThat(rows.selectExpr("timestamp_micros(t div 1000) = timestamp_seconds(1)").first())
          .isEqualTo(RowFactory.create(true));
    } finally {
      spark.conf().unset("spark.sql.legacy.parquet.nanosAsLong");
    }
  }

  @Test
  void unknownTable() {
    refused(Sample.table("nowhere"), "source.table nowhere is not in Spark's catalog");
    refused(Sample.table("no where"), "source.table no where is not in Spark's catalog");
  }

  @Test
  void badFilter() {
    spark.range(10).createOrReplaceTempView("ten");
    refused(Sample.table("ten").where("ix > 3"), "source.where", "ix > 3");
    refused(Sample.table("ten").where("id >"), "source.where", "id >");
    refused(Sample.table("ten").where("id + 1"), "source.where", "id + 1");
  }

  @Test
  void filesFoundBadLateAreNamedToo() throws Exception {
    spark.range(10).selectExpr("id as a").coalesce(1).write().parquet(folder + "/p");
    Files.writeString(folder.resolve("p/zzz.parquet"), "PAR1 but nothing that follows PAR1");
    DataSettings settings = Sample.path(folder + "/p").settings();
    assertThatThrownBy(() -> ShardedTable.load(spark, settings, 2))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("cannot be read")
        .hasCauseInstanceOf(Exception.class);
  }

  @Test
  void filterThatFailsOnARow() {
    spark.range(10).createOrReplaceTempView("ten");
    DataSettings settings = Sample.table("ten").where("1 / id > 0").settings();
    assertThatThrownBy(() -> ShardedTable.load(spark, settings, 2))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("source.where")
        .hasMessageContaining("DIVIDE_BY_ZERO");
  }

  private String[] columns(Sample sample) {
    return TableReader.read(spark, sample.settings().source()).columns();
  }

  /** Refused by what the files hold, where Spark found no fault. */
  private void refusedFor(Sample sample, String... words) {
    assertThatThrownBy(() -> columns(sample))
        .isInstanceOf(DataException.class)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContainPattern("\\p{Cntrl}"))
        .satisfies(e -> assertThat(e.getMessage()).contains(List.of(words)));
  }

  private void refused(Sample sample, String... words) {
    assertThatThrownBy(() -> TableReader.read(spark, sample.settings().source()))
        .isInstanceOf(DataException.class)
        .hasCauseInstanceOf(Exception.class)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"))
        .satisfies(e -> assertThat(e.getMessage()).contains(List.of(words)));
  }
}
