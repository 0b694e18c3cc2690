package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.ConstantColumns;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.features.Features;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Checks that the values of a table are fit to train a model on. */
final class ValueChecks {
  private final LoadedValues loaded;
  private final DataSettings settings;
  private final MissingValues missing;
  private final Features features;
  private final List<String> names;
  private final TableSummary found;
  private final FaultyRow faulty;
  private final List<String> problems = new ArrayList<>();

  private ValueChecks(LoadedValues loaded, FaultyRow faulty) {
    this.loaded = loaded;
    this.settings = loaded.settings();
    this.missing = loaded.missing();
    this.features = loaded.features();
    this.names = features.featureNames();
    this.found = loaded.found();
    this.faulty = faulty;
  }

  /**
   * Rejects a table with unfit values, reporting all problems at once.
   *
   * @param mayBeConstant whether columns of one value are fit, the units being given
   * @param faulty names a row for the message
   * @throws DataException if there are any
   */
  static void check(LoadedValues loaded, boolean mayBeConstant, FaultyRow faulty) {
    new ValueChecks(loaded, faulty).check(mayBeConstant);
  }

  private void check(boolean mayBeConstant) {
    checkWeights();
    checkHoldOut();
    checkLengths();
    checkMissing();
    if (found.all.rows < 2
        && found.wrongLengths == 0
        && found.badWeights == 0
        && found.withoutSide == 0) {
      problems.add(tooFewRows());
    } else {
      checkRange();
      if (!mayBeConstant) {
        checkConstant();
      }
      checkMagnitude();
    }
    DataException.throwIfAny(problems);
  }

  private String tooFewRows() {
    boolean isDropped = found.all.rows < found.rowsRead;
    return settings.source().describe()
        + " has "
        + Names.count(found.all.rows, "row")
        + settings.weight().map(name -> " of a weight above 0 in " + name).orElse("")
        + (isDropped
            ? " of "
                + found.rowsRead
                + " read, the others dropped for missing values in "
                + missingIn(lackingMost())
            : "")
        + ", but training needs at least 2; "
        + (isDropped ? "exclude such columns, set data.missing to mean, or " : "")
        + "add rows"
        + (settings.source().where().isPresent() ? " or widen source.where" : "");
  }

  /** The features that lack a value which is not one among others, most often first. */
  private List<Integer> lackingMost() {
    return IntStream.range(0, found.width())
        .filter(i -> found.missing[i] > 0 && !found.takesMissing(i))
        .boxed()
        .sorted(Comparator.comparingLong(i -> -found.missing[i]))
        .toList();
  }

  private String missingIn(List<Integer> some) {
    return Names.list(
        some.stream().map(i -> names.get(i) + " (" + found.missing[i] + ")").toList());
  }

  private void checkWeights() {
    if (found.badWeights > 0) {
      problems.add(
          ofAllRead(found.badWeights)
              + " have no weight in data.weight "
              + settings.weight().orElse("")
              + " that is a number from 0 to 3.4e38; correct them, or "
              + SourceSettings.LEAVE_OUT);
    }
  }

  private void checkHoldOut() {
    if (!found.rules.byColumn) {
      return;
    }
    String rows = settings.holdOut().describe();
    if (found.withoutSide > 0) {
      problems.add(
          ofAllRead(found.withoutSide)
              + " have no value in data.holdOut.column "
              + settings.holdOut().column().orElse("")
              + "; "
              + SourceSettings.LEAVE_OUT);
    } else if (found.heldOut.candidates() == 0) {
      problems.add("no row is " + rows + ", to be held out; set an earlier data.holdOut.from");
    } else if (found.heldOut.candidates() == found.all.rows) {
      problems.add("every row is " + rows + ", to be held out; set a later data.holdOut.from");
    }
  }

  private void checkLengths() {
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
        ofAllRead(found.wrongLengths)
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

  private void checkMissing() {
    if (missing == MissingValues.ERROR && found.rowsWithMissing > 0) {
      List<Integer> worst = lackingMost();
      problems.add(
          ofAllRead(found.rowsWithMissing)
              + " hold nulls, NaN or infinities, in "
              + missingIn(worst)
              + faulty.lacking(worst.get(0))
              + (TableChecks.hasFixedInputs(settings, features)
                  ? "; set data.missing to drop or mean; indicator has no place in an array or a"
                      + " shape"
                  : "; set data.missing to indicator, drop or mean, or exclude the columns"));
    }
    boolean imputes = missing == MissingValues.MEAN || missing == MissingValues.INDICATOR;
    Moments trained = loaded.trained();
    if (imputes && trained.rows > 0) { // that every row is held out has been said
      List<String> empty = loaded.named(i -> trained.present[i] == 0 && !found.takesMissing(i));
      if (!empty.isEmpty()) {
        problems.add("no row has a value to average in " + Names.list(empty) + "; exclude it");
      }
    }
  }

  private void checkRange() {
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

  private void checkConstant() {
    if (settings.scaling() != Scaling.STANDARD) {
      return;
    }
    // A column that varies only in held-out rows may be dropped, but is no reason to reject the
    // table.
    Moments judged =
        settings.constantColumns() == ConstantColumns.ERROR ? found.all : loaded.trained();
    List<String> constant = loaded.named(i -> loaded.isConstant(judged, i));
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

  private void checkMagnitude() {
    List<String> large =
        IntStream.range(0, names.size())
            .filter(i -> found.all.present[i] > 0 && found.isAmount(i))
            .filter(this::isTooLarge)
            .mapToObj(i -> withLargest(names.get(i), found.all, i))
            .toList();
    if (!large.isEmpty()) {
      problems.add(
          "values too large to compute with in "
              + Names.list(large)
              + "; divide them first, "
              + SourceSettings.LEAVE_OUT
              + (settings.scaling() == Scaling.STANDARD
                  ? ""
                  : ", or set data.scaling to standard"));
    }
    List<String> small =
        loaded.named(i -> found.all.min[i] < found.all.max[i] && found.all.deviation(i) == 0);
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

  private boolean isTooLarge(int i) {
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

  private String ofAllRead(long rows) {
    return rows + " of " + Names.count(found.rowsRead, "row");
  }
}
