package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.spark.data.ColumnSettings.Transform;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.encoding.Calendar;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.encoding.Numeric;
import io.ebmspark.spark.data.features.ColumnTypes;
import io.ebmspark.spark.data.features.Features;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/** The units of a table by itself: encodings, means and deviations of its training rows. */
final class UnitsOfRows {
  private final DataSettings settings;
  private final MissingValues missing;
  private final Features features;
  private final TableColumns columns;
  private final TableSummary found;
  private final Moments trained;
  private final boolean allTrained;

  private final Map<String, Encoding> encodings = new LinkedHashMap<>();
  private final DoubleStream.Builder offsets = DoubleStream.builder();
  private final DoubleStream.Builder scales = DoubleStream.builder();
  private final DoubleStream.Builder means = DoubleStream.builder();

  private UnitsOfRows(LoadedValues loaded, TableColumns columns) {
    this.settings = loaded.settings();
    this.missing = loaded.missing();
    this.features = loaded.features();
    this.columns = columns;
    this.found = loaded.found();
    this.trained = loaded.trained();
    this.allTrained = loaded.allTrained();
  }

  /**
   * The units.
   *
   * @param columns that were read, and what is to be made of them
   * @param kept which of their features are kept
   */
  static Units of(LoadedValues loaded, TableColumns columns, int[] kept) {
    List<String> names = loaded.features().featureNames();
    UnitsOfRows units = new UnitsOfRows(loaded, columns);
    for (int i : kept) {
      units.add(i, names.get(i));
    }
    return new Units(
        Arrays.stream(kept).mapToObj(names::get).toList(),
        units.encodings,
        new FeatureScaling(units.offsets.build().toArray(), units.scales.build().toArray()),
        units.means.build().toArray());
  }

  private void add(int i, String name) {
    LevelPlan plan = columns.plans().get(name);
    if (plan != null) {
      addLevels(name, plan, i);
      return;
    }
    boolean indicator = missing == MissingValues.INDICATOR && found.missing[i] > 0;
    if (features.kind(name) == ColumnKind.TIME) {
      boolean hours = hasHours(name);
      encodings.put(name, new Calendar(hours, indicator));
      add(trained.mean[i], trained.mean[i], trained.isConstant(i) ? 1 : trained.deviation(i));
      for (int part = 0; part < (hours ? 6 : 4); part++) {
        add(0, 0, 1); // a point of a circle varies as one column does
      }
    } else {
      Optional<Double> unit = unit(i, name);
      if (indicator || unit.isPresent()) {
        encodings.put(name, new Numeric(unit.orElse(0.0), indicator));
      }
      unit.ifPresentOrElse(found -> addLogarithm(i, found), () -> addNumber(i));
    }
    if (indicator) {
      double share = (double) (trained.rows - trained.present[i]) / trained.rows;
      addSwitch(share, LevelPlan.indicatorScale(share));
    }
  }

  private void addLevels(String name, LevelPlan plan, int i) {
    ColumnCounts counts = counts(i);
    LevelPlan.Scaled scaled = plan.encoding(counts.levels(allTrained));
    encodings.put(name, scaled.encoding());
    for (int input = 0; input < scaled.mean().length; input++) {
      if (plan.isCategory()) {
        addSwitch(scaled.mean()[input], scaled.scale()[input]);
      } else {
        add(scaled.mean()[input], scaled.mean()[input], scaled.scale()[input]);
      }
    }
  }

  private ColumnCounts counts(int i) {
    @Nullable ColumnCounts counts = found.counted[i];
    if (counts == null) {
      throw new IllegalStateException("column " + i + " was not counted");
    }
    return counts;
  }

  /** Whether a feature's times have an hour: of an expression it is not known, and they may. */
  private boolean hasHours(String name) {
    String type = features.types().get(name);
    return features.expressions().containsKey(name)
        || type == null
        || ColumnTypes.hasHours(DataType.fromDDL(type));
  }

  private Optional<Double> unit(int i, String name) {
    Transform transform = features.isArray() ? Transform.NONE : settings.transform(name);
    if (transform == Transform.NONE || trained.present[i] == 0 || trained.isConstant(i)) {
      return Optional.empty();
    }
    Skewness skewness = new Skewness(counts(i), allTrained);
    String type = features.types().getOrDefault(name, "");
    double least = List.of("tinyint", "smallint", "int", "bigint").contains(type) ? 1 : 0;
    return transform == Transform.LOG ? Optional.of(skewness.unit(least)) : skewness.chosen(least);
  }

  private void addLogarithm(int i, double unit) {
    Skewness.Shape shape =
        new Skewness(counts(i), allTrained).shape(value -> Numeric.log(value, unit));
    // Whatever the scaling: a range would be of the numbers, not of their logarithms.
    add(shape.mean(), shape.mean(), shape.deviation() > 0 ? shape.deviation() : 1);
  }

  private void addNumber(int i) {
    double mean = trained.mean[i];
    switch (settings.scaling()) {
      case STANDARD -> {
        boolean constant = trained.isConstant(i);
        add(mean, constant ? trained.min[i] : mean, constant ? 1 : trained.deviation(i));
      }
      case RANGE -> {
        // Halves first: the sum or difference of two large numbers may overflow.
        double low = settings.range().get(0);
        double high = settings.range().get(1);
        add(mean, low / 2 + high / 2, high / 2 - low / 2);
      }
      case NONE -> add(mean, 0, 1);
    }
  }

  /** An input that is 0 or 1. */
  private void addSwitch(double mean, double scale) {
    switch (settings.scaling()) {
      case STANDARD -> add(mean, mean, scale);
      case RANGE -> add(mean, 0.5, 0.5);
      case NONE -> add(mean, 0, 1);
    }
  }

  private void add(double mean, double offset, double scale) {
    means.add(mean);
    offsets.add(offset);
    scales.add(scale);
  }
}
