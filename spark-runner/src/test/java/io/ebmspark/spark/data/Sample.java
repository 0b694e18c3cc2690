package io.ebmspark.spark.data;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Data settings with the defaults, except for what a test sets. */
public final class Sample {
  public List<String> path = List.of();
  public Optional<String> table = Optional.empty();
  public String format = "parquet";
  public Map<String, String> options = Map.of();
  public Optional<String> where = Optional.empty();
  public List<String> key = List.of();
  public List<String> features = List.of("*");
  public List<String> exclude = List.of();
  public Map<String, ColumnSettings> columns = Map.of();
  public List<Integer> shape = List.of();
  public MissingValues missing = MissingValues.ERROR;
  public ColumnSettings.Transform transform = ColumnSettings.Transform.NONE;
  public ConstantColumns constantColumns = ConstantColumns.ERROR;
  public Scaling scaling = Scaling.STANDARD;
  public List<Double> range = List.of(0.0, 255.0);
  public Optional<String> weight = Optional.empty();
  public HoldOutSettings holdOut = new HoldOutSettings(0.1, 100_000);

  public static Sample path(Object path) {
    Sample sample = new Sample();
    sample.path = List.of(path.toString());
    return sample;
  }

  public static Sample table(String name) {
    Sample sample = new Sample();
    sample.table = Optional.of(name);
    return sample;
  }

  public Sample format(String value) {
    format = value;
    return this;
  }

  public Sample options(Map<String, String> value) {
    options = value;
    return this;
  }

  public Sample where(String value) {
    where = Optional.of(value);
    return this;
  }

  public Sample key(String... value) {
    key = List.of(value);
    return this;
  }

  public Sample features(String... value) {
    features = List.of(value);
    return this;
  }

  public Sample exclude(String... value) {
    exclude = List.of(value);
    return this;
  }

  public Sample column(String name, ColumnSettings.Use as) {
    return column(name, as, 20);
  }

  public Sample column(String name, ColumnSettings.Use as, int levels) {
    columns = new LinkedHashMap<>(columns);
    columns.put(name, new ColumnSettings(as, levels, Optional.empty()));
    return this;
  }

  public Sample transform(ColumnSettings.Transform value) {
    transform = value;
    return this;
  }

  public Sample shape(Integer... value) {
    shape = List.of(value);
    return this;
  }

  public Sample missing(MissingValues value) {
    missing = value;
    return this;
  }

  public Sample constant(ConstantColumns value) {
    constantColumns = value;
    return this;
  }

  public Sample scaling(Scaling value) {
    scaling = value;
    return this;
  }

  public Sample range(double lowest, double highest) {
    range = List.of(lowest, highest);
    return this;
  }

  public Sample weight(String column) {
    weight = Optional.of(column);
    return this;
  }

  public Sample holdOut(double fraction, int most) {
    holdOut = new HoldOutSettings(fraction, most);
    return this;
  }

  public DataSettings settings() {
    return new DataSettings(
        new SourceSettings(path, table, format, options, where, key),
        features,
        exclude,
        columns,
        shape,
        missing,
        transform,
        constantColumns,
        scaling,
        range,
        holdOut,
        weight);
  }
}
