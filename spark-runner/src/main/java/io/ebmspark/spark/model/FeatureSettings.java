package io.ebmspark.spark.model;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.ColumnChoice;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.read.KnownColumns;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.data.shards.Units;
import java.time.DateTimeException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;

/** The features a model was trained on, and their conversion to its units. */
public record FeatureSettings(
    @Setting("columns or names of expressions, or the one array or vector column")
        List<String> columns,
    @Setting("whether the features are the entries of one array or vector column") boolean packed,
    @Setting("what to do with rows that have missing values") MissingValues missing,
    @Setting("mean of each input over the training rows, before it is scaled") List<Double> mean,
    @Setting("subtracted from each input") List<Double> offset,
    @Setting("what each input is then divided by") List<Double> scale,
    @Setting(value = "SQL of the features that are expressions, by name", defaultsTo = "{}")
        Map<String, String> expressions,
    @Setting(
            value = "Spark types of the columns the features are computed from, by name",
            defaultsTo = "{}")
        Map<String, String> types,
    @Setting(value = "columns of the training table that were left out, and why", defaultsTo = "{}")
        Map<String, String> leftOut,
    @Setting(
            value =
                "what is made of columns that are no plain numbers, by name; a plain number is one"
                    + " input",
            defaultsTo = "{}")
        Map<String, Encoding> encodings,
    @Setting(
            value = "lowest value of each feature in training; empty in models of release 0.1",
            defaultsTo = "[]")
        List<Double> lowest,
    @Setting(
            value = "highest value of each feature in training; empty in models of release 0.1",
            defaultsTo = "[]")
        List<Double> highest,
    @Setting(
            value =
                "decimal places of each feature in training, -1 for more than 6 and for what is no"
                    + " number; empty in models of earlier releases",
            defaultsTo = "[]")
        List<Integer> decimals,
    @Setting(
            value =
                "values of each feature that has at most 256 in training and not all of its decimal"
                    + " places between them, ascending, by name; none in models of earlier"
                    + " releases",
            defaultsTo = "{}")
        Map<String, List<Double>> values,
    @Setting(
            "time zone that instants are dates and times in; absent if there are none, and in models"
                + " of earlier releases, which take the session's")
        Optional<String> zone) {
  public FeatureSettings {
    Check.notEmpty("columns", columns);
    Check.that(
        offset.size() == scale.size() && mean.size() == scale.size(),
        "scale",
        "must have as many entries as offset and mean");
    Check.that(
        packed
            ? columns.size() == 1 && encodings.isEmpty()
            : RowEncoder.places(columns, encodings)[columns.size()] == scale.size(),
        "columns",
        "must name each feature, or one array column, and have as many inputs as scale");
    Check.that(
        columns.containsAll(encodings.keySet()),
        "encodings",
        "must be of features, got " + encodings.keySet());
    Check.that(
        columns.containsAll(expressions.keySet()),
        "expressions",
        "must belong to features, got " + expressions.keySet());
    zone.ifPresent(known -> Check.that(isZone(known), "zone", "is no time zone, got " + known));
    columns = List.copyOf(columns);
    expressions = Collections.unmodifiableMap(new LinkedHashMap<>(expressions));
    types = Collections.unmodifiableMap(new LinkedHashMap<>(types));
    leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
    encodings = Collections.unmodifiableMap(new LinkedHashMap<>(encodings));
    lowest = List.copyOf(lowest);
    highest = List.copyOf(highest);
    decimals = List.copyOf(decimals);
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Of features that are plain numbers, their extremes not known. */
  public FeatureSettings(
      List<String> columns,
      boolean packed,
      MissingValues missing,
      List<Double> mean,
      List<Double> offset,
      List<Double> scale,
      Map<String, String> expressions,
      Map<String, String> types,
      Map<String, String> leftOut) {
    this(
        columns,
        packed,
        missing,
        mean,
        offset,
        scale,
        expressions,
        types,
        leftOut,
        Map.of(),
        List.of(),
        List.of(),
        List.of(),
        Map.of(),
        Optional.empty());
  }

  /** The features of a table, as a model trained on it stores them. */
  public static FeatureSettings of(ShardedTable table, MissingValues missing) {
    Features features = table.features();
    Map<String, List<Double>> values = new LinkedHashMap<>();
    table.fewValues().forEach((name, few) -> values.put(name, boxed(few)));
    return new FeatureSettings(
        features.columns(),
        features.isArray(),
        missing,
        boxed(table.means()),
        boxed(table.scaling().offset()),
        boxed(table.scaling().scale()),
        features.expressions(),
        features.types(),
        table.leftOut(),
        table.units().encodings(),
        boxed(table.lowest()),
        boxed(table.highest()),
        Arrays.stream(table.decimals()).boxed().toList(),
        values,
        features.zone());
  }

  /** The features, to look up in a table. */
  public Features features() {
    Map<String, ColumnKind> kinds = new LinkedHashMap<>();
    encodings.forEach(
        (name, encoding) -> {
          if (encoding.kind() != ColumnKind.NUMBER) {
            kinds.put(name, encoding.kind());
          }
        });
    int width = packed ? scale.size() : columns.size();
    return new Features(columns, expressions, types, kinds, packed, width, zone);
  }

  /** What of them later tables are read by. */
  public KnownColumns knownColumns() {
    return new KnownColumns(types, zone);
  }

  /**
   * Whether these features alone decide which rows were held out. They do not if others were read
   * and hashed with them, and only left out after their values were known.
   */
  public boolean tellHeldOut() {
    return !leftOut.containsValue(ColumnChoice.ONE_VALUE)
        && !leftOut.containsValue(ColumnChoice.NOT_IN_UNITS);
  }

  /**
   * The model's inputs that one column makes: the places {@code first} to {@code first + count − 1}
   * of a packed row.
   *
   * @param column its name; of an array, the name of one place, as in {@code pixels[7]}
   */
  public record Group(String column, int first, int count) {}

  /** Which column each input is made of, in the inputs' order. */
  public List<Group> groups() {
    List<String> names = features().featureNames();
    int[] first = RowEncoder.places(names, encodings);
    return IntStream.range(0, names.size())
        .mapToObj(i -> new Group(names.get(i), first[i], first[i + 1] - first[i]))
        .toList();
  }

  /** The model's units, to convert a table to. */
  public Units units() {
    return new Units(features().featureNames(), encodings, scaling(), means());
  }

  /** What brings rows to the model's inputs. */
  public RowEncoder encoder() {
    return units().encoder();
  }

  /** The scaling of each input. */
  public FeatureScaling scaling() {
    return new FeatureScaling(array(offset), array(scale));
  }

  /** The mean of each feature over the training rows, in the table's units. */
  public double[] means() {
    return array(mean);
  }

  private static boolean isZone(String name) {
    try {
      return !DateTimeUtils.getZoneId(name).getId().isEmpty();
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static List<Double> boxed(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
