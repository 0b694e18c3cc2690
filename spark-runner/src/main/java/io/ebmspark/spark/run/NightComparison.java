package io.ebmspark.spark.run;

import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.evaluate.Evaluated;
import io.ebmspark.spark.evaluate.EvaluationRows;
import io.ebmspark.spark.evaluate.EvaluationSettings.Part;
import io.ebmspark.spark.evaluate.Evaluator;
import io.ebmspark.spark.evaluate.Evaluator.Yardstick;
import io.ebmspark.spark.gate.Gates;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.StoredRows;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.registry.Draft;
import io.ebmspark.spark.store.Location;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * A candidate and the champion, evaluated on the same rows, which neither was trained on: rows are
 * held out by their content, so a row held out tonight was held out on earlier nights too.
 *
 * @param rows tonight's held-out rows
 * @param champion empty if there is none, or none that can be compared on these rows
 * @param findings what the report shows of the candidate
 */
record NightComparison(
    ComparedRows rows, Evaluated candidate, Optional<Evaluated> champion, ModelFindings findings) {

  static NightComparison of(
      SparkSession spark,
      RetrainJob job,
      ShardedTable table,
      Model candidate,
      long version,
      Optional<Incumbent> champion,
      RunRecorder recorder) {
    Evaluator evaluator = new Evaluator(spark, job.evaluation());
    int most = evaluator.mostRows(table.scaling().width());
    ComparedRows rows = ComparedRows.of(job, table, champion, most, recorder);
    Evaluated ofCandidate = evaluator.evaluate("version " + version, candidate, rows.candidates());
    Evaluator ofChampion =
        rows.sameInputs() ? evaluator : new Evaluator(spark, job.evaluation().only(Part.RANKING));
    Optional<Evaluated> itsChampion =
        champion
            .flatMap(
                found -> rows.champions().map(its -> evaluate(ofChampion, found, its, candidate)))
            .filter(found -> rows.sameInputs() || found.placements().isPresent());
    ofCandidate.notices().forEach(recorder::onNotice);
    return new NightComparison(
        rows,
        ofCandidate,
        itsChampion,
        ModelFindings.of(table, candidate, ofCandidate.drawn(), job.report().rows()));
  }

  private static Evaluated evaluate(
      Evaluator evaluator, Incumbent champion, EvaluationRows rows, Model candidate) {
    return evaluator.evaluate(
        "version " + champion.number(),
        champion.model(),
        rows,
        Yardstick.of(candidate.config().training()));
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
              float[] kept = rows.sameInputs() ? kept(found, hadoop) : new float[0];
              return new Gates.Champion(found.model(), evaluated, kept, rows.sameInputs());
            }));
  }

  private static float[] kept(Incumbent champion, Configuration hadoop) {
    int width = champion.model().config().features().scale().size();
    return StoredRows.read(Location.of(champion.version().folder(), hadoop), width)
        .orElse(new float[0]);
  }

  private static String incomparable(Incumbent champion) {
    return "version "
        + champion.number()
        + " has other features, or has learnt other values of them and no rows are ranked, so it"
        + " cannot be compared on tonight's rows; train from it (warmStart.weights: champion), or"
        + " promote the candidate by hand if it is meant to be another model";
  }

  /** Stores the held-out rows with the version, for judging the next one. */
  void keep(Draft draft, Configuration hadoop) {
    draft.check();
    EvaluationRows kept = rows.candidates();
    StoredRows.write(Location.of(draft.folder(), hadoop), kept.usual(), kept.units().width());
  }
}
