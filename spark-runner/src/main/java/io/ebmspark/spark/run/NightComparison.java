package io.ebmspark.spark.run;

import io.ebmspark.spark.data.HoldOutSettings;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.evaluate.Evaluated;
import io.ebmspark.spark.evaluate.EvaluationRows;
import io.ebmspark.spark.evaluate.Evaluator;
import io.ebmspark.spark.evaluate.Evaluator.Yardstick;
import io.ebmspark.spark.gate.Gates;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.HeldOutRows;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.StoredRows;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.registry.Draft;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.train.EveryNth;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * A candidate and the champion, evaluated on the same rows, which neither was trained on: rows are
 * held out by their content, so a row held out tonight was held out on earlier nights too.
 *
 * @param rows tonight's held-out rows
 * @param champion empty if there is none, or none that these rows can be read by
 * @param findings what the report shows of the candidate
 */
record NightComparison(
    EvaluationRows rows,
    Evaluated candidate,
    Optional<Evaluated> champion,
    ModelFindings findings) {

  static NightComparison of(
      SparkSession spark,
      RetrainJob job,
      ShardedTable table,
      Model candidate,
      long version,
      Optional<Incumbent> champion,
      RunRecorder recorder) {
    Evaluator evaluator = new Evaluator(spark, job.evaluation());
    EvaluationRows rows =
        EvaluationRows.of(sample(job, table, champion, evaluator, recorder), table.scaling());
    Evaluated ofCandidate = evaluator.evaluate("version " + version, candidate, rows);
    Optional<Evaluated> ofChampion =
        champion
            .filter(found -> isComparable(found, table))
            .map(
                found ->
                    evaluator.evaluate(
                        "version " + found.number(),
                        found.model(),
                        rows,
                        Yardstick.of(candidate.config().training())));
    ofCandidate.notices().forEach(recorder::onNotice);
    return new NightComparison(
        rows,
        ofCandidate,
        ofChampion,
        ModelFindings.of(table, candidate, ofCandidate.drawn(), job.report().rows()));
  }

  /**
   * A sample of the held-out rows, or of the training rows if none are held out, packed in model
   * units.
   */
  private static float[] sample(
      RetrainJob job,
      ShardedTable table,
      Optional<Incumbent> champion,
      Evaluator evaluator,
      RunRecorder recorder) {
    int most = evaluator.mostRows(table.scaling().width());
    if (table.heldOutRows() == 0) {
      recorder.onNotice(
          "no rows are held out, so candidate and champion are judged on rows they were trained"
              + " on; set data.holdOut");
      return EveryNth.atMost(most, table.rows()).in(table.shards());
    }
    Optional<HoldOutSettings> then = champion.map(found -> found.model().config().data().holdOut());
    if (then.filter(HoldOutSettings::byColumn).isPresent()
        && !job.data().holdOut().coveredBy(then.get())) {
      recorder.onNotice(
          "rows "
              + then.get().describe()
              + " were held out from the champion, which may have been trained on others of"
              + " tonight's held-out rows: it is judged too well");
    }
    // If fewer were held out from the champion, it may have been trained on the others.
    double share =
        champion
            .filter(found -> !found.model().config().data().holdOut().byColumn())
            .flatMap(found -> found.model().config().heldOut())
            .map(HeldOutRows::share)
            .orElse(table.heldOutShare());
    return EveryNth.atMost(most, table.heldOutRows())
        .in(table.heldOut(Math.min(share, table.heldOutShare())));
  }

  /** Whether rows packed for the candidate are rows of the champion's too. */
  private static boolean isComparable(Incumbent champion, ShardedTable table) {
    FeatureSettings features = champion.model().config().features();
    return features.features().featureNames().equals(table.features().featureNames())
        && features.encodings().equals(table.units().encodings());
  }

  /** Reports the evaluations to the recorder. */
  void tell(RunRecorder recorder) {
    recorder.onFinding(
        account -> {
          account.candidate(candidate.evaluation());
          champion.ifPresent(found -> account.champion(found.evaluation()));
        });
    findings.tell(recorder);
  }

  /**
   * Judges the candidate; the rows stored with the champion are those of the night it was trained.
   */
  List<Judgement> judge(
      RetrainJob job, Model model, Optional<Incumbent> incumbent, Configuration hadoop) {
    if (champion.isEmpty() && incumbent.isPresent()) {
      return Gates.judgeAlone(
          job.gates(),
          job.evaluation().falsePositiveRate(),
          model,
          candidate,
          incomparable(incumbent.get()));
    }
    return Gates.judge(
        job.gates(),
        job.evaluation().falsePositiveRate(),
        model,
        candidate,
        champion.map(
            evaluated -> {
              Incumbent found = incumbent.orElseThrow();
              int width = found.model().config().features().scale().size();
              float[] kept =
                  StoredRows.read(Location.of(found.version().folder(), hadoop), width)
                      .orElse(new float[0]);
              return new Gates.Champion(found.model(), evaluated, kept);
            }));
  }

  private static String incomparable(Incumbent champion) {
    return "version "
        + champion.number()
        + " has other features, or has learnt other values of them, so it cannot be compared on"
        + " tonight's rows; train from it (warmStart.weights: champion), or promote the candidate"
        + " by hand if it is meant to be another model";
  }

  /** Stores the held-out rows with the version, for judging the next one. */
  void keep(Draft draft, Configuration hadoop) {
    draft.check();
    StoredRows.write(Location.of(draft.folder(), hadoop), rows.usual(), rows.units().width());
  }
}
