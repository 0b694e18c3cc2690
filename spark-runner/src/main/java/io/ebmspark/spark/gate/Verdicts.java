package io.ebmspark.spark.gate;

import io.ebmspark.spark.gate.Gates.Champion;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The verdicts of the gates, one each, in their order; and what all of them are subject to. */
final class Verdicts {
  private static final String NO_CHAMPION = "there is no champion yet to compare with";

  private static final String OTHER_INPUTS =
      "the champion has learnt other values of the columns, so the two are only compared by how they"
          + " rank rows";

  private final Optional<Champion> champion;
  private final Optional<String> incomparable;
  private final List<Judgement> judgements = new ArrayList<>();

  /**
   * No verdicts yet.
   *
   * @param champion empty if there is none, or none that can be compared
   * @param incomparable why there is one that cannot, and what to do
   */
  Verdicts(Optional<Champion> champion, Optional<String> incomparable) {
    this.champion = champion;
    this.incomparable = incomparable;
  }

  /** One for each gate. */
  List<Judgement> all() {
    return List.copyOf(judgements);
  }

  /** Whether a gate that needs a champion cannot judge; records why. */
  boolean isOut(String name, Action action) {
    if (action == Action.OFF) {
      skip(name, "the gate is off");
      return true;
    }
    if (champion.isEmpty()) {
      incomparable.ifPresentOrElse(
          reason -> verdict(name, action, false, Optional.empty(), Optional.empty(), reason),
          () -> skip(name, NO_CHAMPION));
      return true;
    }
    return false;
  }

  /** The same of a gate that needs both models to have the same inputs. */
  boolean isOutOfUnits(String name, Action action) {
    if (isOut(name, action)) {
      return true;
    }
    if (champion.orElseThrow().sameInputs()) {
      return false;
    }
    skip(name, OTHER_INPUTS);
    return true;
  }

  void skip(String name, String reason) {
    judgements.add(
        new Judgement(
            name, Optional.empty(), Status.SKIPPED, Optional.empty(), Optional.empty(), reason));
  }

  void verdict(
      String name, Action action, boolean passes, double value, double limit, String message) {
    verdict(name, action, passes, Optional.of(value), Optional.of(limit), message);
  }

  void verdict(
      String name,
      Action action,
      boolean passes,
      Optional<Double> value,
      Optional<Double> limit,
      String message) {
    if (action == Action.OFF) {
      skip(name, "the gate is off");
      return;
    }
    Status status = passes ? Status.PASSED : action == Action.WARN ? Status.WARNED : Status.FAILED;
    judgements.add(new Judgement(name, Optional.empty(), status, value, limit, message));
  }

  static String format(String message, Object... values) {
    return String.format(Locale.ROOT, message, values);
  }
}
