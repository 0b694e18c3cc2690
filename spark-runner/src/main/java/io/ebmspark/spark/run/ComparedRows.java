package io.ebmspark.spark.run;

import io.ebmspark.spark.data.HoldOutSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.data.shards.ShardedTable.ReadTwice;
import io.ebmspark.spark.evaluate.EvaluationRows;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.HeldOutRows;
import io.ebmspark.spark.train.EveryNth;
import java.util.Optional;

/**
 * The rows on which a candidate and the champion are compared, as each of them has them: a sample
 * of tonight's held-out rows, or of the training rows if none are held out.
 *
 * @param candidates in the candidate's units
 * @param champions the same rows in the champion's inputs; empty if there is no champion, or none
 *     that can read them
 * @param sameInputs whether the two models have the same inputs, if only scaled otherwise
 */
record ComparedRows(
    EvaluationRows candidates, Optional<EvaluationRows> champions, boolean sameInputs) {

  /**
   * Draws the sample.
   *
   * @param most the most rows
   */
  static ComparedRows of(
      RetrainJob job,
      ShardedTable table,
      Optional<Incumbent> champion,
      int most,
      RunRecorder recorder) {
    tellWhatWasTrainedOn(job, table, champion, recorder);
    double all = table.heldOutShare();
    double share = champion.map(found -> sharedShare(found, table)).orElse(all);
    if (champion.isEmpty() || haveSameInputs(champion.get(), table)) {
      EvaluationRows rows = shared(table, share, most, recorder).orElseGet(() -> own(table, most));
      return new ComparedRows(rows, champion.map(found -> rows), true);
    }
    FeatureSettings features = champion.get().model().config().features();
    boolean imputes = features.missing() == MissingValues.MEAN;
    return table
        .readTwice(features.units(), imputes, share)
        .flatMap(rows -> ofBoth(rows, table, features, most))
        .orElseGet(() -> new ComparedRows(own(table, most), Optional.empty(), false));
  }

  /** The rows as the candidate alone reads them. */
  private static EvaluationRows own(ShardedTable table, int most) {
    float[] rows =
        every(table, most).in(table.heldOutRows() == 0 ? table.shards() : table.heldOut());
    return EvaluationRows.of(rows, table.scaling());
  }

  /** Those of them that were held out from the champion too, if that was a part only. */
  private static Optional<EvaluationRows> shared(
      ShardedTable table, double share, int most, RunRecorder recorder) {
    if (table.heldOutRows() == 0 || share == table.heldOutShare()) {
      return Optional.empty();
    }
    float[] rows = every(table, most).in(table.heldOut(share));
    if (rows.length == 0) {
      recorder.onNotice(
          "none of tonight's held-out rows was held out from the champion too, which may have been"
              + " trained on them: it is judged too well");
      return Optional.empty();
    }
    return Optional.of(EvaluationRows.of(rows, table.scaling()));
  }

  /** Empty if no row is left: each lacks something that one of the two needs. */
  private static Optional<ComparedRows> ofBoth(
      ReadTwice rows, ShardedTable table, FeatureSettings champions, int most) {
    EveryNth sample = every(table, most);
    float[] own = sample.in(rows.own());
    return own.length == 0
        ? Optional.empty()
        : Optional.of(
            new ComparedRows(
                EvaluationRows.of(own, table.scaling()),
                Optional.of(EvaluationRows.of(sample.in(rows.others()), champions.scaling())),
                false));
  }

  private static EveryNth every(ShardedTable table, int most) {
    return EveryNth.atMost(most, table.heldOutRows() == 0 ? table.rows() : table.heldOutRows());
  }

  /** Whether rows packed for the candidate are rows of the champion's too. */
  private static boolean haveSameInputs(Incumbent champion, ShardedTable table) {
    FeatureSettings features = champion.model().config().features();
    return features.features().featureNames().equals(table.features().featureNames())
        && features.encodings().equals(table.units().encodings());
  }

  /** If fewer were held out from the champion, it may have been trained on the others. */
  private static double sharedShare(Incumbent champion, ShardedTable table) {
    return Optional.of(champion.model().config())
        .filter(config -> !config.data().holdOut().byColumn())
        .flatMap(config -> config.heldOut())
        .map(HeldOutRows::share)
        .filter(share -> share < table.heldOutShare())
        .orElse(table.heldOutShare());
  }

  private static void tellWhatWasTrainedOn(
      RetrainJob job, ShardedTable table, Optional<Incumbent> champion, RunRecorder recorder) {
    if (table.heldOutRows() == 0) {
      recorder.onNotice(
          "no rows are held out, so candidate and champion are judged on rows they were trained"
              + " on; set data.holdOut");
      return;
    }
    Optional<HoldOutSettings> then = champion.map(found -> found.model().config().data().holdOut());
    if (then.filter(HoldOutSettings::byColumn).isPresent()
        && !job.data().holdOut().coveredBy(then.get())) {
      recorder.onNotice(
          "rows "
              + then.get().describe()
              + " were held out from the champion, which may have been trained on others of"
              + " tonight's held-out rows: it is judged too well");
    } else if (champion.filter(found -> found.model().config().heldOut().isEmpty()).isPresent()) {
      recorder.onNotice(
          "no rows were held out from the champion, which may have been trained on tonight's"
              + " held-out rows: it is judged too well");
    }
  }
}
