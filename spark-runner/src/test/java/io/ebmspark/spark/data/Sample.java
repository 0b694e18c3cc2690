package io.ebmspark.spark.data;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Data settings with the defaults, but for what a test sets. */
final class Sample {
  List<String> path = List.of();
  Optional<String> table = Optional.empty();
  String format = "parquet";
  Map<String, String> options = Map.of();
  Optional<String> where = Optional.empty();
  List<String> key = List.of();
  List<String> features = List.of("*");
  List<String> exclude = List.of();
  List<Integer> shape = List.of();
  MissingValues missing = MissingValues.ERROR;
  ConstantColumns constantColumns = ConstantColumns.ERROR;
  Scaling scaling = Scaling.STANDARD;
  List<Double> range = List.of(0.0, 255.0);

  static Sample path(Object path) {
    Sample sample = new Sample();
    sample.path = List.of(path.toString());
    return sample;
  }

  static Sample table(String name) {
    Sample sample = new Sample();
    sample.table = Optional.of(name);
    return sample;
  }

  Sample format(String value) {
    format = value;
    return this;
  }

  Sample options(Map<String, String> value) {
    options = value;
    return this;
  }

  Sample where(String value) {
    where = Optional.of(value);
    return this;
  }

  Sample key(String... value) {
    key = List.of(value);
    return this;
  }

  Sample features(String... value) {
    features = List.of(value);
    return this;
  }

  Sample exclude(String... value) {
    exclude = List.of(value);
    return this;
  }

  Sample shape(Integer... value) {
    shape = List.of(value);
    return this;
  }

  Sample missing(MissingValues value) {
    missing = value;
    return this;
  }

  Sample constant(ConstantColumns value) {
    constantColumns = value;
    return this;
  }

  Sample scaling(Scaling value) {
    scaling = value;
    return this;
  }

  Sample range(double lowest, double highest) {
    range = List.of(lowest, highest);
    return this;
  }

  DataSettings settings() {
    return new DataSettings(
        new SourceSettings(path, table, format, options, where, key),
        features,
        exclude,
        shape,
        missing,
        constantColumns,
        scaling,
        range);
  }
}
