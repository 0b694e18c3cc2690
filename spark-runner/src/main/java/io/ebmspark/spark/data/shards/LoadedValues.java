package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.features.Features;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What the values of a table turned out to be, and how the settings ask for them to be treated: all
 * that checks, units and notices are made from.
 *
 * @param missing what becomes of a missing value; that of the settings, unless the inputs are fixed
 * @param features as they were read, of known width
 * @param found in all rows
 * @param allTrained whether all rows are trained on, none being held out
 */
record LoadedValues(
    DataSettings settings,
    MissingValues missing,
    Features features,
    TableSummary found,
    boolean allTrained) {
  /** Moments of the rows trained on. */
  Moments trained() {
    return allTrained ? found.all : found.trained;
  }

  /** The names of the features of which something holds, by their indices. */
  List<String> named(IntPredicate which) {
    List<String> names = features.featureNames();
    return IntStream.range(0, names.size()).filter(which).mapToObj(names::get).toList();
  }

  /**
   * Whether a column has one value only, counting a missing one where the model is told of it.
   *
   * @param judged moments of the rows that count
   */
  boolean isConstant(Moments judged, int column) {
    boolean isToldMissing = missing == MissingValues.INDICATOR && found.missing[column] > 0;
    return judged.isConstant(column) && !found.takesMissing(column) && !isToldMissing;
  }
}
