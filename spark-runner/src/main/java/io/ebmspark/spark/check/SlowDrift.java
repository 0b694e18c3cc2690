package io.ebmspark.spark.check;

import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.profile.TableScan;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Drift that no single night shows: a champion that is replaced every night follows its rows, so
 * each step away from it is small. The rows are therefore compared with an older version as well,
 * the oldest that is stored.
 *
 * @param version the name of that version, for messages
 * @param profile of the rows it was trained on
 * @param model read only if the rows pass all other checks
 * @param action what to do if the rows have moved further from it than one night may move them
 */
public record SlowDrift(
    String version, Optional<DataProfile> profile, Supplier<Model> model, Action action) {
  private static final String NAME = "slowDrift";

  /** Judges rows that a scan has counted in the bins of that profile too. */
  Judgement judge(TableScan scan, CheckSettings settings) {
    List<Judgement> moved =
        Moves.of(scan, new Champion(model.get(), profile), settings).judgements().stream()
            .filter(check -> check.status() == Status.FAILED)
            .toList();
    String since = "since " + version + ": ";
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
