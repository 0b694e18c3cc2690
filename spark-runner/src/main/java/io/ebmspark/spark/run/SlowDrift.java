package io.ebmspark.spark.run;

import io.ebmspark.spark.check.CheckSettings;
import io.ebmspark.spark.check.DataChecks;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import io.ebmspark.spark.registry.RegisteredModel;
import io.ebmspark.spark.registry.Version;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Drift that no single night shows: a champion that is replaced every night follows its rows, so
 * each step away from it is small. The rows are therefore compared with the oldest stored version
 * as well.
 *
 * @param oldest that version
 * @param action what to do if the rows have moved further from it than one night may move them
 */
record SlowDrift(Incumbent oldest, Action action) {
  private static final String NAME = "slowDrift";

  /** Empty if the champion is the oldest version, or the check is off. */
  static Optional<SlowDrift> since(
      RegisteredModel model, Optional<Incumbent> champion, Action action, Configuration hadoop) {
    List<Version> versions = model.versions();
    if (action == Action.OFF || champion.isEmpty() || versions.isEmpty()) {
      return Optional.empty();
    }
    Version first = versions.get(0);
    return first.number() == champion.get().number()
        ? Optional.empty()
        : Optional.of(new SlowDrift(Incumbent.of(first, hadoop), action));
  }

  Judgement judge(Dataset<Row> table, DataSettings data, CheckSettings settings) {
    List<Judgement> moved =
        DataChecks.check(table, data, Optional.of(oldest.reference()), List.of(), settings)
            .checks()
            .stream()
            .filter(check -> check.status() == Status.FAILED)
            .toList();
    String since = "since version " + oldest.number() + ": ";
    if (moved.isEmpty()) {
      return new Judgement(
          NAME,
          Optional.empty(),
          Status.PASSED,
          Optional.empty(),
          Optional.empty(),
          since + "the rows have not moved further than one night may move them");
    }
    Judgement first = moved.get(0);
    return new Judgement(
        NAME,
        first.column(),
        action == Action.STOP ? Status.FAILED : Status.WARNED,
        first.value(),
        first.limit(),
        since + first.message());
  }
}
