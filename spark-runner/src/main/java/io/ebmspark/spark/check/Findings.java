package io.ebmspark.spark.check;

import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What one check found, column by column; reported as one judgement for each column beyond a limit.
 */
final class Findings {
  /** At most this many columns are reported one by one. */
  private static final int NAMED = 20;

  private final String name;
  private final CheckLimits limits;
  private final String meaning;
  private final String advice;
  private final List<Judgement> beyond = new ArrayList<>();
  private int columns;
  private double largest = Double.NEGATIVE_INFINITY;
  private double noiseOfLargest;
  private String largestIn = "";

  /**
   * A check of no columns so far.
   *
   * @param name of the check, as in the settings
   * @param meaning a clause about its value, which stands for {@code %s} in it
   * @param advice what to do if the value is too large
   */
  Findings(String name, CheckLimits limits, String meaning, String advice) {
    this.name = name;
    this.limits = limits;
    this.meaning = meaning;
    this.advice = advice;
  }

  /**
   * Adds a column's value.
   *
   * @param noise what the value reaches by chance alone
   */
  Status add(String column, double value, double noise) {
    if (limits.action() == Action.OFF) {
      return Status.SKIPPED;
    }
    columns++;
    if (value > largest) {
      largest = value;
      noiseOfLargest = noise;
      largestIn = column;
    }
    Status status = limits.status(value, noise);
    if (status != Status.PASSED) {
      double limit = limits.limit(status, noise);
      String text = column + ": " + sentence(value, limit, status, noise) + "; " + advice;
      beyond.add(
          new Judgement(
              name, Optional.of(column), status, Optional.of(value), Optional.of(limit), text));
    }
    return status;
  }

  /** The judgements, worst first, or a single one about the largest value if all columns pass. */
  List<Judgement> judgements() {
    if (limits.action() == Action.OFF) {
      return List.of();
    }
    if (columns == 0) {
      return List.of(skipped(name, "there are no columns to check"));
    }
    if (beyond.isEmpty()) {
      double limit = limits.limit(Status.PASSED, noiseOfLargest);
      return List.of(
          new Judgement(
              name,
              Optional.of(largestIn),
              Status.PASSED,
              Optional.of(largest),
              Optional.of(limit),
              "largest of "
                  + Names.count(columns, "column")
                  + ", "
                  + largestIn
                  + ": "
                  + clause(largest)));
    }
    beyond.sort(
        Comparator.comparing((Judgement found) -> found.status() != Status.FAILED)
            .thenComparing(found -> -found.value().orElse(0.0)));
    if (beyond.size() <= NAMED) {
      return List.copyOf(beyond);
    }
    List<Judgement> named = new ArrayList<>(beyond.subList(0, NAMED));
    Judgement last = named.get(NAMED - 1);
    named.set(
        NAMED - 1,
        new Judgement(
            name,
            last.column(),
            last.status(),
            last.value(),
            last.limit(),
            last.message() + " (and " + (beyond.size() - NAMED) + " more columns)"));
    return named;
  }

  private String sentence(double value, double limit, Status status, double noise) {
    String action = status == Status.FAILED ? "stop" : "warn";
    String of = noise >= limit ? ", which chance alone may reach" : "";
    return clause(value) + " (" + action + " above " + number(limit) + of + ")";
  }

  private String clause(double value) {
    return meaning.replace("%s", number(value));
  }

  /** The judgement of one value for the whole table. */
  Judgement one(double value, double noise) {
    Status status = limits.status(value, noise);
    double limit = limits.limit(status, noise);
    String text =
        status == Status.PASSED
            ? clause(value)
            : sentence(value, limit, status, noise) + "; " + advice;
    return new Judgement(
        name, Optional.empty(), status, Optional.of(value), Optional.of(limit), text);
  }

  /** The judgement of a check that could not be made. */
  static Judgement skipped(String name, String reason) {
    return new Judgement(
        name, Optional.empty(), Status.SKIPPED, Optional.empty(), Optional.empty(), reason);
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }
}
