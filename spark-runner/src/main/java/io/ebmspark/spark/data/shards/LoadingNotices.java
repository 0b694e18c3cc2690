package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.Scaling;
import io.ebmspark.spark.data.encoding.RowEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the user should know of the values of a table that was loaded. */
record LoadingNotices(LoadedValues loaded) {
  /** Of the places of an array, or of columns beyond reading, not each is named. */
  private static final int MOST_NAMED = 100;

  /** How many values are missing of each column, and what the model sees instead. */
  List<String> ofMissing(Units units) {
    TableSummary found = loaded.found();
    List<String> names = loaded.features().featureNames();
    Map<String, Integer> places = Names.places(units.features());
    RowEncoder encoder = units.encoder();
    List<String> marked = new ArrayList<>();
    List<String> imputed = new ArrayList<>();
    List<String> unexpected = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Integer place = places.get(names.get(i));
      if (found.missing[i] > 0 && place != null) {
        boolean isMarked = encoder.takesMissing(place);
        (isMarked ? marked : found.isNeeded(i) ? unexpected : imputed)
            .add(names.get(i) + " (" + found.missing[i] + ")");
      }
    }
    List<String> notices = new ArrayList<>();
    if (!marked.isEmpty()) {
      notices.add("missing, and the model is told so: " + Names.list(marked, MOST_NAMED));
    }
    if (!imputed.isEmpty()) {
      notices.add("missing, with the mean put in: " + Names.list(imputed, MOST_NAMED));
    }
    if (!unexpected.isEmpty() && loaded.missing() != MissingValues.DROP) {
      notices.add(
          "missing, where the model that training starts from has no input for that, so that such"
              + " rows are left out and will have no energy: "
              + Names.list(unexpected, MOST_NAMED)
              + "; train with fresh weights to have them in");
    }
    return notices;
  }

  /** A notice of features that are constant in all rows, and kept. */
  List<String> ofConstant() {
    DataSettings settings = loaded.settings();
    if (settings.scaling() != Scaling.STANDARD || settings.mayDropColumns()) {
      return List.of();
    }
    List<String> constant = loaded.named(i -> loaded.isConstant(loaded.found().all, i));
    return constant.isEmpty()
        ? List.of()
        : List.of(
            "one value only in "
                + Names.list(constant)
                + ", so that any other will be unusual; data.constantColumns: drop leaves such"
                + " columns out");
  }

  /** A notice of features that are constant in the rows trained on, but not in all rows. */
  List<String> ofVaryingOnlyWhereHeldOut() {
    if (loaded.settings().scaling() != Scaling.STANDARD) {
      return List.of();
    }
    Moments all = loaded.found().all;
    Moments trained = loaded.trained();
    List<String> varying = loaded.named(i -> trained.isConstant(i) && !all.isConstant(i));
    return varying.isEmpty()
        ? List.of()
        : List.of(
            Names.list(varying)
                + (varying.size() == 1 ? " holds" : " hold")
                + " one value only in the rows trained on, and others in rows held out");
  }

  /** How many rows are set aside for validation. */
  static String ofValidation(long rows, long forValidation) {
    return forValidation > 0
        ? forValidation
            + " of "
            + Names.count(rows, "row")
            + " are set aside for validation: training keeps the weights that are best on them"
        : "none of "
            + Names.count(rows, "row")
            + " is set aside for validation, there being too few or too many equal ones: training"
            + " takes all its steps and keeps its last weights";
  }
}
