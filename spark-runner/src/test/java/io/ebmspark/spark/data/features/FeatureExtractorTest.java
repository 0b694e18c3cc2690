package io.ebmspark.spark.data.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.spark.data.ColumnSettings.Use;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.InternalRows;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.StoredType;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.ColumnValue;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.sql.Date;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class FeatureExtractorTest {
  private static final StructType MIXED =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("name", DataTypes.StringType)
          .add("px_1", DataTypes.DoubleType)
          .add("px_2", DataTypes.FloatType)
          .add("flag", DataTypes.BooleanType)
          .add("day", DataTypes.DateType);
  private static final StructType IMAGE =
      new StructType()
          .add("label", DataTypes.IntegerType)
          .add("pixels", DataTypes.createArrayType(DataTypes.DoubleType));

  private static Features resolve(Sample sample) {
    return resolve(MIXED, sample);
  }

  private static Features resolve(StructType schema, Sample sample) {
    return FeatureResolver.resolve(empty(schema), sample.settings()).features();
  }

  private static Dataset<Row> empty(StructType schema) {
    return Sessions.shared().createDataFrame(List.<Row>of(), schema);
  }

  /** An extractor of columns that are all a row has. */
  private static FeatureExtractor extractor(StructType schema, int width) {
    List<String> columns = List.of(schema.fieldNames());
    boolean isArray = ColumnTypes.isArray(schema, columns);
    return new FeatureExtractor(new Features(columns, Map.of(), Map.of(), isArray, width), schema);
  }

  /** The values of a row, as Spark hands it on. */
  private static InternalRow internal(StructType schema, Object... values) {
    return (InternalRow)
        CatalystTypeConverters.createToCatalystConverter(schema).apply(RowFactory.create(values));
  }

  private static double[] extract(FeatureExtractor features, Dataset<Row> rows) {
    double[] into = new double[features.width()];
    InternalRows.of(rows)
        .map(features::extract)
        .collect()
        .forEach(found -> System.arraycopy(found, 0, into, 0, into.length));
    return into;
  }

  @Test
  void patternsAndExclusion() {
    Sample all = Sample.table("t");
    assertThat(resolve(all).columns()).containsExactly("id", "name", "px_1", "px_2", "flag");
    assertThat(resolve(all.exclude("id", "f*")).columns()).containsExactly("name", "px_1", "px_2");
    assertThat(resolve(Sample.table("t").features("px_2", "px*", "id")).columns())
        .containsExactly("px_2", "px_1", "id");
    assertThat(resolve(Sample.table("t").features("*_1")).columns()).containsExactly("px_1");
    assertThat(resolve(Sample.table("t").features("px_1")).featureNames()).containsExactly("px_1");
  }

  @Test
  void allMissingColumnsAreListedWithNearNames() {
    refused(
        Sample.table("t").features("PX_1", "ids", "weight"),
        "table t does not have: PX_1 (is it px_1?), ids (is it id?), weight; correct");
  }

  @Test
  void datesAreUsedBySettingOnly() {
    Sample sample = Sample.table("t").features("day", "id");
    refused(sample, "day is a date; to use it set data.columns: {day: {as: date}}");
    assertThat(resolve(sample.column("day", Use.DATE)).kind("day")).isEqualTo(ColumnKind.TIME);
    refused(Sample.table("t").column("id", Use.DATE), "id is bigint", "to_date(id");
    refused(Sample.table("t").column("name", Use.NUMBER), "name is string", "try_cast(name");
    refused(Sample.table("t").column("nmae", Use.CATEGORY), "nmae (is it name?)");
  }

  @Test
  void problemsComeTogether() {
    refused(
        Sample.table("t").features("name", "nmae", "q*").exclude("idd"),
        "3 problems",
        "nmae (is it name?)",
        "q* matches no column of numbers or text",
        "data.exclude matches no column: idd (is it id?)");
  }

  @Test
  void nothingNumeric() {
    refused(
        Sample.table("t").features("da*"),
        "da* matches no column of numbers or text, only day (date; to use it set");
    refused(
        Sample.table("t").exclude("id", "px*", "flag", "name"),
        "data.exclude leaves no column of use");
    refused(Sample.table("t").features("id").exclude("id"), "data.exclude leaves no feature");
    assertThatThrownBy(() -> resolve(IMAGE, Sample.table("t").exclude("label")))
        .hasMessageContaining("only pixels (array<double>)");
  }

  @Test
  void arrayMustBeAlone() {
    assertThatThrownBy(() -> resolve(IMAGE, Sample.table("t").features("label", "pixels")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("array column pixels must be the only feature");
  }

  @Test
  void everyNumericType() {
    List<String> types =
        List.of(
            "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(9,3)", "boolean");
    String ones =
        String.join(
            ", ",
            types.stream()
                .map(
                    type ->
                        "cast(" + (type.equals("boolean") ? "true" : "-3") + " as " + type + ")")
                .toList());
    String nulls =
        String.join(", ", types.stream().map(type -> "cast(null as " + type + ")").toList());
    SparkSession spark = Sessions.shared();
    Dataset<Row> values = spark.sql("select " + ones);
    FeatureExtractor features = extractor(values.schema(), 8);
    assertThat(extract(features, values)).containsExactly(-3, -3, -3, -3, -3, -3, -3, 1);
    assertThat(features.text(InternalRows.of(values).map(InternalRow::copy).first(), 6))
        .isEqualTo("-3.000");
    Dataset<Row> none = spark.sql("select " + nulls);
    double[] nans = new double[8];
    Arrays.fill(nans, Double.NaN);
    assertThat(extract(extractor(none.schema(), 8), none)).containsExactly(nans);
  }

  @Test
  void arraysOfEveryNumericType() {
    for (String type : List.of("tinyint", "int", "bigint", "float", "double", "decimal(9,3)")) {
      Dataset<Row> row =
          Sessions.shared().sql("select cast(array(1, null, 3) as array<" + type + ">) as p");
      FeatureExtractor features = extractor(row.schema(), 3);
      assertThat(features.name(2)).isEqualTo("p[2]");
      assertThat(extract(features, row)).containsExactly(1, Double.NaN, 3);
    }
  }

  /** Dates and times of all ages, on both sides of 1970 and of the change of calendars. */
  @Test
  void textDatesAndTimes() {
    Dataset<Row> rows =
        Sessions.shared()
            .sql(
                "select * from values ('red', date'1970-01-11', timestamp_ntz'1970-01-02"
                    + " 06:00:00'), ('Z\u00fcrich \ud83d\ude00', date'1969-12-31',"
                    + " timestamp_ntz'1969-12-31 18:00:00'), (' \t', date'1500-03-01', null),"
                    + " (null, null, timestamp_ntz'1500-03-01 12:00:00.000001')");
    FeatureExtractor features = extractor(rows.schema(), 3);
    List<double[]> found = InternalRows.of(rows).map(features::extract).collect();
    double old = LocalDate.of(1500, 3, 1).toEpochDay();
    assertThat(found.get(0)).containsExactly(ColumnValue.of("red"), 10, 1.25);
    assertThat(found.get(1)).containsExactly(ColumnValue.of("Z\u00fcrich \ud83d\ude00"), -1, -.25);
    assertThat(found.get(2)).containsExactly(Double.NaN, old, Double.NaN);
    assertThat(found.get(3))
        .containsExactly(Double.NaN, Double.NaN, old + 43_200_000_001_000.0 / 86_400e9);
  }

  @Test
  void vectors() {
    StructType schema = new StructType().add("v", SQLDataTypes.VectorType());
    FeatureExtractor features = extractor(schema, 4);
    double[] into = {9, 9, 9, 9};
    features.extract(
        internal(schema, Vectors.sparse(4, new int[] {1, 3}, new double[] {5, 7})), into);
    assertThat(into).containsExactly(0, 5, 0, 7);
    features.extract(internal(schema, Vectors.dense(new double[] {1, 2, 3, 4})), into);
    assertThat(into).containsExactly(1, 2, 3, 4);
    features.extract(internal(schema, (Object) null), into);
    assertThat(into).containsOnly(Double.NaN);
    assertThatThrownBy(
            () -> features.extract(internal(schema, Vectors.dense(new double[] {1, 2, 3}))))
        .isInstanceOfSatisfying(
            WrongLengthException.class, e -> assertThat(e.length()).isEqualTo(3));
  }

  @Test
  void widthOfAnArrayComesFromTheShapeOrLater() {
    Features shaped = resolve(IMAGE, Sample.table("t").features("pixels").shape(1, 2, 2));
    assertThat(shaped.width()).isEqualTo(4);
    Features unknown = resolve(IMAGE, Sample.table("t").features("pixels"));
    assertThat(unknown.hasWidth()).isFalse();
    assertThat(unknown.withWidth(3).featureNames()).endsWith("pixels[2]");
  }

  @Test
  void scoringNamesWhatIsAbsentOrNotNumeric() {
    assertThatThrownBy(() -> forModel("px_1", "px_3", "day", "w"))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("px_3 (is it px_1?), w", "day (date)");
    assertThatThrownBy(
            () ->
                ModelInput.of(
                    empty(MIXED),
                    new Features(List.of("px_1"), Map.of(), Map.of(), false, 4),
                    List.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the model takes 4 values");
  }

  @Test
  void aNameMayStandInBackticksAsInSql() {
    Dataset<Row> odd =
        Sessions.shared().sql("select 1.5d as `unit price`, 2d as `a.b`, 3d as `c``d`");
    for (String[] names : new String[][] {{"`unit price`", "`a.b`", "`c``d`"}, {"`a.b`"}}) {
      Features features =
          FeatureResolver.resolve(odd, Sample.table("t").features(names).settings()).features();
      assertThat(features.columns())
          .isEqualTo(
              Stream.of(names)
                  .map(name -> name.substring(1, name.length() - 1).replace("``", "`"))
                  .toList());
    }
    assertThatThrownBy(
            () ->
                FeatureResolver.resolve(odd, Sample.table("t").features("`unit cost`").settings()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("does not have: `unit cost`");
  }

  @Test
  void drawnNestedFieldsAreFoundAsColumns() {
    SparkSession spark = Sessions.shared();
    Dataset<Row> nested =
        spark.sql(
            "select named_struct('city', 'green', 'lat', 1.5d) as `ship to`,"
                + " named_struct('day', date'2025-01-02') as geo");
    Sample sample =
        Sample.table("t")
            .features("`ship to`.city", "`ship to`.lat", "geo.day")
            .column("geo.day", Use.DATE);
    assertThatThrownBy(
            () ->
                FeatureResolver.resolve(
                    nested, Sample.table("t").features("ship to.city", "geo.day").settings()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "ship to.city is a field of column ship to, whose name needs backticks in SQL; write"
                + " `ship to`.city");
    Features features = FeatureResolver.resolve(nested, sample.settings()).features();
    assertThat(features.columns()).containsExactly("ship to.city", "ship to.lat", "geo.day");
    Dataset<Row> drawn =
        spark.sql(
            "select 'green' as `ship to.city`, 1.5d as `ship to.lat`, date'2025-01-02' as"
                + " `geo.day`");
    for (Dataset<Row> rows : List.of(nested, drawn)) {
      ModelInput input = ModelInput.of(rows, features, List.of());
      assertThat(extract(input.extractor(), input.rows()))
          .containsExactly(
              ColumnValue.of("green"), 1.5, (double) LocalDate.of(2025, 1, 2).toEpochDay());
    }
  }

  /** Spark writes such a structure's type as it cannot read it. */
  @Test
  void fieldsOfAnyNameAreFoundAgain() {
    Dataset<Row> nested =
        Sessions.shared()
            .sql(
                "select named_struct('temp-c', 1.5d, 'more', array(named_struct('x y', 2))) as m,"
                    + " map('k', named_struct('`', 3)) as n");
    Features features =
        FeatureResolver.resolve(
                nested, Sample.table("t").features("m.`temp-c`", "n['k'].```` AS back").settings())
            .features();
    assertThat(features.types())
        .containsEntry("m", "struct<`temp-c`:double,more:array<struct<`x y`:int>>>")
        .containsEntry("n", "map<string,struct<````:int>>");
    Features before = // as earlier releases stored it
        new Features(
            features.columns(),
            features.expressions(),
            Map.of("m", nested.schema().apply("m").dataType().catalogString()),
            false,
            2);
    for (Features known : List.of(features, before)) {
      ModelInput input = ModelInput.of(nested, known, List.of());
      assertThat(extract(input.extractor(), input.rows())).containsExactly(1.5, 3);
    }
    for (StructField field : nested.schema().fields()) {
      assertThat(StoredType.read(StoredType.of(field.dataType())))
          .hasValueSatisfying(type -> assertThat(type.sameType(field.dataType())).isTrue());
    }
  }

  private static ModelInput forModel(String... columns) {
    Features features = new Features(List.of(columns), Map.of(), Map.of(), false, columns.length);
    return ModelInput.of(empty(MIXED), features, List.of());
  }

  @Test
  void extractionIsSerialisable() throws Exception {
    FeatureExtractor features =
        new FeatureExtractor(
            resolve(Sample.table("t").features("px_1", "id")), MIXED, new int[] {2, 0});
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(features);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      FeatureExtractor copy = (FeatureExtractor) in.readObject();
      InternalRow row = internal(MIXED, 7L, "n", 2.5, 1f, true, Date.valueOf("1970-01-01"));
      assertThat(copy.extract(row)).containsExactly(2.5, 7);
    }
  }

  private static void refused(Sample sample, String... words) {
    assertThatThrownBy(() -> resolve(sample))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(words);
  }
}
