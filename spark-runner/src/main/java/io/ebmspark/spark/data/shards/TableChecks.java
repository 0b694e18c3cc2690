package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.ConstantColumns;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.Features;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Checks that a table is fit to train a model on. */
final class TableChecks {
  /** The longest Java array, less the few words that some virtual machines reserve. */
  static final long LARGEST_SHARD = Integer.MAX_VALUE - 8L;

  private TableChecks() {}

  /** Rejects a table with unfit values, reporting all problems at once. */
  static void checkValues(
      DataSettings settings,
      MissingValues missing,
      Features features,
      TableSummary found,
      Moments trained,
      boolean mayBeConstant,
      FaultyRow faulty) {
    List<String> problems = new ArrayList<>();
    List<String> names = features.featureNames();
    checkWeights(settings, found, problems);
    checkHoldOut(settings, found, problems);
    checkLengths(settings, features, found, faulty, problems);
    checkMissing(
        missing, hasFixedInputs(settings, features), names, found, trained, faulty, problems);
    if (found.all.rows < 2
        && found.wrongLengths == 0
        && found.badWeights == 0
        && found.withoutSide == 0) {
      problems.add(tooFewRows(settings, found));
    } else {
      checkRange(settings, found, problems);
      if (!mayBeConstant) {
        checkConstant(settings, missing, names, found, trained, problems);
      }
      checkMagnitude(settings, missing, names, found, problems);
    }
    DataException.throwIfAny(problems);
  }

  /** Rejects a shape that does not match the number of features. */
  static void checkShape(DataSettings settings, int width) {
    List<Integer> shape = settings.shape();
    if (!shape.isEmpty() && DataSettings.product(shape) != width) {
      throw new DataException(
          "data.shape "
              + shape
              + " holds "
              + (long) DataSettings.product(shape)
              + " values, but a row has "
              + Names.count(width, "feature")
              + "; correct data.shape or choose other features");
    }
  }

  /**
   * Rejects values that overflow in model units. They can only be in held-out rows, from which the
   * units are not computed, or in any row if the units were given.
   *
   * @param kept where the features of these units are in the table
   */
  static void checkUnits(Units units, TableSummary found, int[] kept) {
    RowEncoder encoder = units.encoder();
    float[] inputs = new float[encoder.inputs()];
    int[] first = RowEncoder.places(units.features(), units.encodings());
    boolean[] isFar = new boolean[kept.length];
    for (double[] row : List.of(found.all.min, found.all.max)) {
      encoder.encode(row, kept, inputs, 0); // no row of the table, but each column's extremes
      for (int i = 0; i < kept.length; i++) {
        isFar[i] |= found.all.present[kept[i]] > 0 && !Float.isFinite(inputs[first[i]]);
      }
    }
    List<String> far =
        IntStream.range(0, kept.length)
            .filter(i -> isFar[i])
            .mapToObj(units.features()::get)
            .toList();
    if (!far.isEmpty()) {
      throw new DataException(
          "values too far from all others to compute with in "
              + Names.list(far)
              + "; leave such rows out with source.where");
    }
  }

  /** Rejects shards too large for one array. */
  static void checkShardSizes(long[] rows, int width) {
    long largest = 0;
    for (long count : rows) {
      largest = Math.max(largest, count);
    }
    if (Math.multiplyHigh(largest, width) != 0 || largest * width > LARGEST_SHARD) {
      throw new DataException(
          "the largest of "
              + Names.count(rows.length, "shard")
              + " has "
              + Names.count(largest, "row")
              + " of "
              + Names.count(width, "value")
              + ", more than the "
              + LARGEST_SHARD
              + " values a shard can hold; raise training.shards");
    }
  }

  private static String tooFewRows(DataSettings settings, TableSummary found) {
    String of =
        found.all.rows == found.rowsRead
            ? ""
            : " of " + found.rowsRead + " read, the others dropped for missing values";
    return settings.source().describe()
        + " has "
        + Names.count(found.all.rows, "row")
        + of
        + ", but training needs at least 2; add rows"
        + (settings.source().where().isPresent() ? " or widen source.where" : "");
  }

  private static void checkWeights(
      DataSettings settings, TableSummary found, List<String> problems) {
    if (found.badWeights > 0) {
      problems.add(
          of(found.badWeights, found)
              + " have no weight in data.weight "
              + settings.weight().orElse("")
              + " that is a finite number from 0 up; correct them, or leave them out with"
              + " source.where");
    }
  }

  private static void checkHoldOut(
      DataSettings settings, TableSummary found, List<String> problems) {
    if (!found.byColumn) {
      return;
    }
    String rows = settings.holdOut().describe();
    if (found.withoutSide > 0) {
      problems.add(
          of(found.withoutSide, found)
              + " have no value in data.holdOut.column "
              + settings.holdOut().column().orElse("")
              + "; leave them out with source.where");
    } else if (found.heldOut.candidates() == 0) {
      problems.add("no row is " + rows + ", to be held out; set an earlier data.holdOut.from");
    } else if (found.heldOut.candidates() == found.all.rows) {
      problems.add("every row is " + rows + ", to be held out; set a later data.holdOut.from");
    }
  }

  private static void checkLengths(
      DataSettings settings,
      Features features,
      TableSummary found,
      FaultyRow faulty,
      List<String> problems) {
    if (found.wrongLengths == 0) {
      return;
    }
    String lengths =
        found.shortest == found.longest
            ? "length " + found.shortest
            : "lengths from " + found.shortest + " to " + found.longest;
    String expected =
        settings.shape().isEmpty()
            ? features.width() + " as in the first row"
            : features.width() + " as in data.shape";
    problems.add(
        of(found.wrongLengths, found)
            + " hold arrays of "
            + lengths
            + " in "
            + features.columns().get(0)
            + ", not "
            + expected
            + faulty.withWrongLength()
            + "; make all arrays one length"
            + (settings.shape().isEmpty() ? "" : " or correct data.shape"));
  }

  /** Whether an input that tells of a missing value has no place, as in an array or a shape. */
  static boolean hasFixedInputs(DataSettings settings, Features features) {
    return features.isArray() || !settings.shape().isEmpty();
  }

  private static void checkMissing(
      MissingValues missing,
      boolean fixedInputs,
      List<String> names,
      TableSummary found,
      Moments trained,
      FaultyRow faulty,
      List<String> problems) {
    if (missing == MissingValues.ERROR && found.rowsWithMissing > 0) {
      List<Integer> worst =
          IntStream.range(0, found.width())
              .filter(i -> found.missing[i] > 0 && !found.takesMissing(i))
              .boxed()
              .sorted(Comparator.comparingLong(i -> -found.missing[i]))
              .toList();
      problems.add(
          of(found.rowsWithMissing, found)
              + " hold nulls, NaN or infinities, in "
              + Names.list(
                  worst.stream().map(i -> names.get(i) + " (" + found.missing[i] + ")").toList())
              + faulty.lacking(worst.get(0))
              + (fixedInputs
                  ? "; set data.missing to drop or mean; indicator has no place in an array or a"
                      + " shape"
                  : "; set data.missing to indicator, drop or mean, or exclude the columns"));
    }
    boolean imputes = missing == MissingValues.MEAN || missing == MissingValues.INDICATOR;
    if (imputes && found.all.rows > 0) {
      List<String> empty = named(names, i -> trained.present[i] == 0 && !found.takesMissing(i));
      if (!empty.isEmpty()) {
        problems.add("no row has a value to average in " + Names.list(empty) + "; exclude it");
      }
    }
  }

  private static void checkRange(DataSettings settings, TableSummary found, List<String> problems) {
    if (found.outOfRange == 0) {
      return;
    }
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < found.width(); i++) {
      if (!found.isAmount(i)) {
        continue;
      }
      min = Math.min(min, found.all.min[i]);
      max = Math.max(max, found.all.max[i]);
    }
    problems.add(
        Names.count(found.outOfRange, "value")
            + " outside data.range "
            + settings.range()
            + "; all values are in ["
            + min
            + ", "
            + max
            + "]; widen data.range or set data.scaling to standard");
  }

  private static void checkConstant(
      DataSettings settings,
      MissingValues missing,
      List<String> names,
      TableSummary found,
      Moments trained,
      List<String> problems) {
    // A column that varies only in held-out rows may be dropped, but is no reason to reject the
    // table.
    Moments judged = settings.constantColumns() == ConstantColumns.ERROR ? found.all : trained;
    if (settings.scaling() != Scaling.STANDARD) {
      return;
    }
    List<String> constant = named(names, i -> tellsNothing(missing, found, judged, i));
    if (constant.isEmpty()) {
      return;
    }
    if (settings.constantColumns() == ConstantColumns.ERROR) {
      problems.add(
          Names.count(constant.size(), "feature")
              + (constant.size() == 1 ? " holds" : " hold")
              + " one value only, which standard scaling cannot scale: "
              + Names.list(constant)
              + "; set data.constantColumns to drop or keep, or data.scaling to range or none");
    } else if (constant.size() == found.width()) {
      problems.add("every feature holds one value only; choose other features");
    }
  }

  /** Whether a column has one value only, counting a missing one where the model is told of it. */
  static boolean tellsNothing(
      MissingValues missing, TableSummary found, Moments judged, int column) {
    boolean toldMissing = missing == MissingValues.INDICATOR && found.missing[column] > 0;
    return judged.isConstant(column) && !found.takesMissing(column) && !toldMissing;
  }

  private static void checkMagnitude(
      DataSettings settings,
      MissingValues missing,
      List<String> names,
      TableSummary found,
      List<String> problems) {
    List<String> large =
        IntStream.range(0, names.size())
            .filter(i -> found.all.present[i] > 0 && found.isAmount(i))
            .filter(i -> tooLarge(settings, missing, found, i))
            .mapToObj(i -> withLargest(names.get(i), found.all, i))
            .toList();
    if (!large.isEmpty()) {
      problems.add(
          "values too large to compute with in "
              + Names.list(large)
              + "; divide them first, leave such rows out with source.where"
              + (settings.scaling() == Scaling.STANDARD
                  ? ""
                  : ", or set data.scaling to standard"));
    }
    List<String> small =
        named(names, i -> found.all.min[i] < found.all.max[i] && found.all.deviation(i) == 0);
    if (settings.scaling() == Scaling.STANDARD && !small.isEmpty()) {
      problems.add(
          "differences too small to compute with in "
              + Names.list(small)
              + "; multiply them first");
    }
  }

  private static String withLargest(String name, Moments moments, int i) {
    double largest = Math.abs(moments.min[i]) > moments.max[i] ? moments.min[i] : moments.max[i];
    return name + " (" + largest + " among them)";
  }

  private static boolean tooLarge(
      DataSettings settings, MissingValues missing, TableSummary found, int i) {
    boolean usesMean =
        settings.scaling() == Scaling.STANDARD
            || missing == MissingValues.MEAN
            || missing == MissingValues.INDICATOR;
    if (usesMean && !Double.isFinite(found.all.mean[i])) {
      return true;
    }
    return switch (settings.scaling()) {
      case STANDARD -> !Double.isFinite(found.all.deviation(i));
      case RANGE -> false;
      case NONE -> found.all.min[i] < -Float.MAX_VALUE || found.all.max[i] > Float.MAX_VALUE;
    };
  }

  private static String of(long rows, TableSummary found) {
    return rows + " of " + Names.count(found.rowsRead, "row");
  }

  private static List<String> named(List<String> names, IntPredicate which) {
    return IntStream.range(0, names.size()).filter(which).mapToObj(names::get).toList();
  }
}
