package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.spark.data.ColumnSettings;
import io.ebmspark.spark.data.ConstantColumns;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No column is dropped from a table, or used in a model, silently. */
class ColumnChoiceTest {
  private final SparkSession spark = Sessions.shared();
  @TempDir Path folder;

  private Path csv(String name, String header, int rows, IntFunction<String> row)
      throws IOException {
    List<String> lines = new ArrayList<>(List.of(header));
    for (int i = 0; i < rows; i++) {
      lines.add(row.apply(i));
    }
    return Files.write(folder.resolve(name), lines);
  }

  private ShardedTable load(Sample sample) {
    return ShardedTable.load(spark, sample.holdOut(0, 1).settings(), 2);
  }

  private List<String> notices(Sample sample) {
    try (ShardedTable table = load(sample)) {
      return table.notices();
    }
  }

  private void refused(Sample sample, String... words) {
    assertThatThrownBy(() -> load(sample))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(words);
  }

  private static String number(int i) {
    return String.valueOf(Math.sin(i));
  }

  @Test
  void oneWordAmongNumbersIsNamedWithItsRemedy() throws IOException {
    Path file = csv("na.csv", "a,b", 30, i -> number(i) + "," + (i == 7 ? "NA" : number(i + 1)));
    Sample sample = Sample.path(file).format("csv");
    refused(
        sample, "column b is text, since it holds 'NA'", "29 of the first 30", "{nullValue: NA}");
    try (ShardedTable table =
        load(sample.options(Map.of("nullValue", "NA")).missing(MissingValues.MEAN))) {
      assertThat(table.features().columns()).containsExactly("a", "b");
      assertThat(table.valuesImputed()).isEqualTo(1);
    }
    Sample excluded = Sample.path(file).format("csv").exclude("b");
    assertThat(notices(excluded)).containsExactly("features: 1 column, a; left out: b (excluded)");
  }

  @Test
  void aWordBeyondTheFirstRowsIsFoundToo() throws IOException {
    Path file =
        csv("late.csv", "a,b", 3_000, i -> number(i) + "," + (i == 2_500 ? "?" : number(i + 1)));
    refused(
        Sample.path(file).format("csv"),
        "column b is text, since it holds '?'",
        "1000 of the first 1000");
  }

  @Test
  void numbersAsPeopleWriteThemComeInByAnExpression() throws IOException {
    Path file =
        csv(
            "written.csv",
            "a,b",
            30,
            i -> number(i) + "," + (i % 2 == 0 ? "\"1,23" + i % 10 + "\"" : i));
    refused(
        Sample.path(file).format("csv"),
        "column b is text, since it holds '1,230'",
        "double(replace(b, ',', '')) AS b_number");
    Sample sample =
        Sample.path(file)
            .format("csv")
            .features("a", "double(replace(b, ',', '')) AS b_number")
            .scaling(Scaling.NONE);
    try (ShardedTable table = load(sample)) {
      assertThat(table.features().columns()).containsExactly("a", "b_number");
      assertThat(table.means()[1]).isCloseTo((1234 * 15 + 15 * 15) / 30.0, within(1e-9));
    }
  }

  /** An expression that is suggested can be copied. */
  @Test
  void anySuggestedExpressionIsSql() throws IOException {
    Path file = csv("blank.csv", "a,unit price`s", 30, i -> number(i) + ",\"1,23" + i % 10 + "\"");
    String expression = "double(replace(`unit price``s`, ',', '')) AS `unit price``s_number`";
    refused(Sample.path(file).format("csv"), "such as \"" + expression + "\"");
    try (ShardedTable table = load(Sample.path(file).format("csv").features("a", expression))) {
      assertThat(table.features().columns()).containsExactly("a", "unit price`s_number");
    }
    refused(
        Sample.path(file).format("csv").column("unit price`s", ColumnSettings.Use.NUMBER),
        "\"try_cast(`unit price``s` AS double) AS `unit price``s_number`\"");
    refused(
        Sample.path(file).format("csv").column("unit price`s", ColumnSettings.Use.DATE),
        "\"to_date(`unit price``s`, 'yyyy-MM-dd') AS `unit price``s_day`\"");
  }

  @Test
  void decimalCommasBecomePoints() throws IOException {
    Path file =
        csv(
            "written.csv",
            "a;b;c;d",
            30,
            i -> number(i) + ";" + number(i).replace('.', ',') + ";1.23" + i % 10 + ",5;1,234");
    refused(
        Sample.path(file).format("csv").options(Map.of("sep", ";")),
        "double(replace(b, ',', '.')) AS b_number",
        "double(replace(replace(c, '.', ''), ',', '.')) AS c_number",
        "double(replace(d, ',', '')) AS d_number");
    Sample sample =
        Sample.path(file)
            .format("csv")
            .options(Map.of("sep", ";"))
            .features("a", "double(replace(b, ',', '.')) AS b_number")
            .scaling(Scaling.NONE);
    try (ShardedTable table = load(sample)) {
      assertThat(table.means()[1]).isEqualTo(table.means()[0]);
    }
  }

  @Test
  void whatIsSuggestedMakesNumbersOfAnyMarks() throws IOException {
    Path file =
        csv(
            "marks.csv",
            "price;euro;share;booked;groups;typeset;some",
            30,
            i ->
                "$1,000.5;1.000,5 €;7%;(1,000);1.000.000;"
                    + (i == 0 ? "\u22125" : i)
                    + (i == 0 ? ";none" : ";$" + i));
    List<String> suggested =
        List.of(
            "double(regexp_replace(price, '[^0-9A-Za-z.+-]', '')) AS price_number",
            "double(regexp_replace(replace(replace(euro, '.', ''), ',', '.'), '[^0-9A-Za-z.+-]',"
                + " '')) AS euro_number",
            "double(regexp_replace(share, '[^0-9A-Za-z.+-]', '')) AS share_number",
            "double(regexp_replace(translate(booked, '(\u2212', '--'), '[^0-9A-Za-z.+-]', '')) AS"
                + " booked_number",
            "double(replace(replace(groups, '.', ''), ',', '')) AS groups_number",
            "double(regexp_replace(translate(typeset, '(\u2212', '--'), '[^0-9A-Za-z.+-]', '')) AS"
                + " typeset_number",
            "try_cast(regexp_replace(some, '[^0-9A-Za-z.+-]', '') AS double) AS some_number");
    Sample sample = Sample.path(file).format("csv").options(Map.of("sep", ";"));
    refused(sample, suggested.toArray(String[]::new));
    Row numbers =
        spark
            .read()
            .option("header", "true")
            .option("sep", ";")
            .csv(file.toString())
            .selectExpr(suggested.toArray(String[]::new))
            .first();
    assertThat(numbers).isEqualTo(RowFactory.create(1000.5, 1000.5, 7.0, -1000.0, 1e6, -5.0, null));
  }

  /** A column's name may look like a pattern. */
  @Test
  void allColumnsAreMeantByAStarAlsoWhereOneIsCalledSo() {
    spark.sql("select sin(id) as a, cos(id) as `*` from range(30)").createOrReplaceTempView("t");
    try (ShardedTable all = load(Sample.table("t"));
        ShardedTable one = load(Sample.table("t").features("`*`"))) {
      assertThat(all.features().columns()).containsExactly("a", "*");
      assertThat(one.features().columns()).containsExactly("*");
    }
  }

  @Test
  void aTableOfDatesOnlySaysHowToUseThem() {
    spark
        .sql("select date_add('2020-01-01', int(id)) as day from range(30)")
        .createOrReplaceTempView("t");
    refused(
        Sample.table("t"),
        "only day (date; to use it set data.columns: {day: {as: date}}); name other columns");
  }

  /** Spark takes the columns of one file for those of all. */
  @Test
  void columnsOfOtherFilesAreNamed() {
    for (String format : List.of("parquet", "orc")) {
      String path = folder.resolve(format).toString();
      for (String columns : List.of("sin(id) as a, cos(id) as b", "sin(id) as a, cos(id) as c")) {
        spark
            .range(30)
            .selectExpr(columns.split(", "))
            .coalesce(1)
            .write()
            .mode("append")
            .format(format)
            .save(path);
      }
      Sample sample = Sample.path(path).format(format).missing(MissingValues.INDICATOR);
      try (ShardedTable table = load(sample)) {
        String other = table.features().columns().contains("b") ? "c" : "b";
        assertThat(table.leftOut())
            .containsExactly(
                Map.entry(
                    other,
                    "in some of the files only; to use it set data.source.options: {mergeSchema:"
                        + " true}"));
        refused(sample.features("a", other), other + " (in some of its files only; set data");
      }
      sample.features("*").options(Map.of("mergeSchema", "true"));
      try (ShardedTable table = load(sample)) {
        assertThat(table.features().columns()).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(table.leftOut()).isEmpty();
      }
    }
  }

  @Test
  void brokenLinesOfJsonAreNotTrainedOnSilently() throws IOException {
    Path file = folder.resolve("lines.json");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      lines.add(i == 7 ? "{\"a\": 0.5, " : "{\"a\": " + number(i) + "}");
    }
    Files.write(file, lines);
    Sample sample = Sample.path(file).format("json").missing(MissingValues.DROP);
    refused(sample, "has lines that are no JSON", "{mode: DROPMALFORMED}", "[_corrupt_record]");
    sample.options(Map.of("mode", "DROPMALFORMED"));
    assertThat(notices(sample)).containsExactly("features: 1 column, a");
    sample.options(Map.of()).exclude("_corrupt_record");
    try (ShardedTable table = load(sample)) {
      assertThat(table.features().columns()).containsExactly("a");
      assertThat(table.rows()).isEqualTo(29);
    }
  }

  @Test
  void aLineBreakInQuotesIsTheReasonGiven() throws IOException {
    Path file =
        csv(
            "notes.csv",
            "id,a,note",
            2_000,
            i -> i + "," + number(i) + (i % 50 == 40 ? ",\"line 1\nline 2, \"\"x\"\"\"" : ",ok"));
    Sample sample = Sample.path(file).format("csv");
    refused(
        sample,
        "column id is text, since it holds 'line 2'",
        "a line break in quotes; set source.options: {multiLine: true}");
    try (ShardedTable table = load(sample.options(Map.of("multiLine", "true")))) {
      assertThat(table.rows()).isEqualTo(2_000);
    }
    Path inches =
        csv("inches.csv", "a,b", 30, i -> i == 7 ? "NA,x" : i + ",\"" + i % 3 + "\"\" pipe\"");
    refused(Sample.path(inches).format("csv"), "{nullValue: NA}");
  }

  @Test
  void textThatIsNumbersIsNotLeftOut() {
    spark
        .sql(
            "select double(id) * id as a, string(sin(id)) as `b c`, string(id) as id,"
                + " lpad(id, 5, '0') as zip, concat('0', id / 8) as code, string(id % 3 / 2) as k"
                + " from range(40)")
        .createOrReplaceTempView("t");
    refused(
        Sample.table("t"),
        "column b c is text, though its 40 different values are numbers",
        "\"double(`b c`) AS `b c_number`\"",
        "data.exclude: [b c]");
    refused(Sample.table("t").features("a", "b c"), "\"double(`b c`) AS `b c_number`\"");
    refused(Sample.table("t").features("a", "id"), "\"double(id) AS id_number\" if it is a number");
    try (ShardedTable table = load(Sample.table("t").exclude("b c"))) {
      assertThat(table.features().columns()).containsExactly("a", "k");
      assertThat(table.leftOut()).containsOnlyKeys("b c", "id", "zip", "code");
    }
    try (ShardedTable table = load(Sample.table("t").exclude("`b c`", "k"))) {
      assertThat(table.features().columns()).containsExactly("a");
    }
    Sample both = Sample.table("t").features("*", "double(`b c`) AS b");
    try (ShardedTable table = load(both)) {
      assertThat(table.features().columns()).containsExactly("a", "k", "b");
    }
    spark
        .sql("select double(id) as a, string(sin(id)) as p from range(40)")
        .createOrReplaceTempView("t");
    refused(Sample.table("t").features("*", "exp(-a) AS e"), "column p is text, though");
  }

  /** There is no expression over one that would tell more. */
  @Test
  void aConstantColumnIsLeftOutWithoutAdvice() {
    spark
        .sql(
            "select double(id) * id as a, 'x' as text, 1 as number, current_date() as day"
                + " from range(40)")
        .createOrReplaceTempView("t");
    assertThat(notices(Sample.table("t").constant(ConstantColumns.DROP)))
        .containsExactly(
            "features: 1 column, a; left out: day (date; to use it set data.columns: {day: {as:"
                + " date}}), text (the same value in every row), number (one value only)");
  }

  @Test
  void wordsAndDatesAreLeftOutAloud() {
    spark
        .sql(
            "select double(id) * id as a, concat('x', id) as name, current_date() as day,"
                + " string(id) as zip, array(id) as list from range(40)")
        .createOrReplaceTempView("t");
    try (ShardedTable table = load(Sample.table("t"))) {
      assertThat(table.notices())
          .containsExactly(
              "features: 1 column, a; left out: day (date; to use it set data.columns: {day: {as:"
                  + " date}}), list (array<bigint>), name (40 different texts in 40 rows), zip (40"
                  + " different texts in 40 rows); to have one, name an expression for it in"
                  + " data.features, such as \"double(x)\" or \"length(x)\"");
      assertThat(table.leftOut()).containsOnlyKeys("day", "list", "name", "zip");
    }
    // Columns that nobody asked for need no notice.
    assertThat(notices(Sample.table("t").features("a"))).containsExactly("features: 1 column, a");
  }

  @Test
  void rowNumbersAreNamedUnlessAskedFor() throws IOException {
    Path pandas =
        csv("pandas.csv", ",a,n", 50, i -> i + "," + number(i) + "," + (100 + (i * 7) % 50));
    Sample sample = Sample.path(pandas).format("csv");
    assertThat(notices(sample))
        .hasSize(3)
        .contains(
            "feature _c0 looks like a row number (consecutive whole numbers); if it is, set"
                + " data.exclude: [_c0]")
        .anyMatch(notice -> notice.startsWith("feature n looks"));
    assertThat(notices(Sample.path(pandas).format("csv").features("_c0", "a"))).hasSize(1);
    spark
        .sql("select id * id as id, sin(id) as a, int(id / 2) as half from range(50)")
        .createOrReplaceTempView("t");
    assertThat(notices(Sample.table("t")))
        .hasSize(2)
        .anyMatch(notice -> notice.startsWith("feature id looks") && notice.contains("its name"));
  }

  @Test
  void nestedFieldsAndExpressionsAreFeatures() {
    spark
        .sql(
            "select named_struct('b', double(id + 1), 'c', id * id) as a, id + 2.0 as d"
                + " from range(10)")
        .createOrReplaceTempView("t");
    Sample sample =
        Sample.table("t")
            .features("a.b", "log(d)", "a.b / d AS ratio", "d * d")
            .scaling(Scaling.NONE);
    try (ShardedTable table = load(sample)) {
      assertThat(table.features().columns()).containsExactly("a.b", "log(d)", "ratio", "d * d");
      assertThat(table.features().types())
          .containsOnlyKeys("a", "d")
          .containsEntry("a", "struct<b:double,c:bigint>");
      double logs = 0;
      for (int i = 0; i < 10; i++) {
        logs += Math.log(i + 2) / 10;
      }
      assertThat(table.means()[0]).isEqualTo(5.5);
      assertThat(table.means()[1]).isCloseTo(logs, within(1e-12));
    }
    try (ShardedTable table = load(Sample.table("t").features("log(D) AS l", "A.b"))) {
      assertThat(table.features().types()).containsOnlyKeys("a", "d");
    }
    // A table may be drawn by chance; only what is computed of a row may not.
    spark.table("t").where("rand(1) < 0.9").createOrReplaceTempView("drawn");
    try (ShardedTable table = load(Sample.table("drawn").features("log(d)"))) {
      assertThat(table.features().columns()).containsExactly("log(d)");
    }
    refused(Sample.table("t").features("log(e)"), "log(e) is neither a column", "`e`");
    refused(Sample.table("t").features("log(d"), "log(d is neither a column");
    refused(Sample.table("t").features("sum(d)"), "a function of one row's columns");
    refused(Sample.table("t").features("rand() + d"), "a function of one row's columns");
    refused(Sample.table("t").features("d", "log(d) AS d"), "two features called d");
    refused(
        Sample.table("t").features("string(d) AS s"),
        "feature s has 10 different texts in 10 rows");
    refused(Sample.table("t").features("D"), "D (is it d?)");
  }

  @Test
  void severalPathsAndPatternsAreOneTable() throws IOException {
    Path one = csv("part-1.csv", "a,b", 10, i -> number(i) + "," + number(i + 1));
    Path two = csv("part-2.csv", "a,b", 5, i -> number(i + 20) + "," + number(i + 30));
    Sample both = Sample.path(one).format("csv");
    both.path = List.of(one.toString(), two.toString());
    try (ShardedTable listed = load(both);
        ShardedTable matched = load(Sample.path(folder.resolve("part-*.csv")).format("csv"))) {
      assertThat(listed.rows()).isEqualTo(15);
      assertThat(matched.fingerprint()).isEqualTo(listed.fingerprint());
    }
  }

  @Test
  void headersInAnotherOrderAreTheReasonGiven() throws IOException {
    Files.createDirectory(folder.resolve("parts"));
    csv("parts/1.csv", "a,name", 30, i -> number(i) + ",x");
    csv("parts/2.csv", "name,a", 30, i -> "x," + number(i));
    refused(
        Sample.path(folder.resolve("parts")).format("csv"),
        "headers differ",
        "1.csv has 'a,name'",
        "2.csv has 'name,a'",
        "write them all alike");
    Files.delete(folder.resolve("parts/2.csv"));
    csv("parts/2.csv", "\"a\",\"name\"", 30, i -> number(i) + ",x");
    refused(Sample.path(folder.resolve("parts")).format("csv"), "2.csv has '\"a\",\"name\"'");
    csv("parts/2.csv", "a,name", 30, i -> number(i) + ",x");
    Files.createFile(folder.resolve("parts/3.csv"));
    try (ShardedTable table = load(Sample.path(folder.resolve("parts")).format("csv"))) {
      assertThat(table.rows()).isEqualTo(60);
    }
    csv("parts/4.csv", "b,name", 3, i -> number(i) + ",x");
    for (int i = 5; i < 60; i++) {
      csv("parts/" + i + ".csv", "a,name", 1, j -> number(j) + ",x");
    }
    refused(Sample.path(folder.resolve("parts")).format("csv"), "4.csv has 'b,name'");
  }

  @Test
  void aRowAtFaultIsNamed() throws IOException {
    Path file =
        csv("gap.csv", "key,a,b", 30, i -> "k" + i + "," + number(i) + "," + (i == 7 ? "" : i * i));
    refused(
        Sample.path(file).format("csv").features("a", "b").key("key"),
        "1 of 30 rows hold nulls",
        "in b (1), one of them key=k7 in file:",
        "gap.csv; set data.missing");
    spark
        .sql("select id, array_repeat(1.0 * id, int(if(id = 3, 3, 2))) as p from range(5)")
        .createOrReplaceTempView("t");
    refused(
        Sample.table("t").features("p").key("id"), "not 2 as in the first row, one of them id=3");
    ml(spark.table("t")).createOrReplaceTempView("t");
    refused(Sample.table("t").features("p").key("id"), "arrays of length 3", "one of them id=3");
  }

  private static Dataset<Row> ml(Dataset<Row> arrays) {
    return arrays.withColumn(
        "p", org.apache.spark.ml.functions.array_to_vector(functions.col("p")));
  }

  /** Spark does not know a file's name where two files make a row. */
  @Test
  void aRowAtFaultInAJoinOfFilesIsNamedByItsKey() {
    for (String side : List.of("a", "b")) {
      spark
          .sql("select id, if(id = 7, null, double(id * id)) as " + side + " from range(30)")
          .write()
          .parquet(folder.resolve(side).toString());
    }
    spark
        .read()
        .parquet(folder.resolve("a").toString())
        .join(spark.read().parquet(folder.resolve("b").toString()), "id")
        .createOrReplaceTempView("t");
    refused(
        Sample.table("t").features("a", "b").key("id"),
        "1 of 30 rows hold nulls",
        "one of them id=7; set data.missing");
  }
}
