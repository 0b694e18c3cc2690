package io.ebmspark.jobs;

import io.ebmspark.spark.record.UnusualRow;
import io.ebmspark.spark.run.ScoreJob;
import io.ebmspark.spark.run.ScoringRun;
import io.ebmspark.spark.score.ThresholdSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the user first wants to know about a scored table. */
final class ScoreSummary {
  private static final int MOST_REASONS = 3;

  private ScoreSummary() {}

  /** How many rows were scored, have no energy, and were flagged by which threshold. */
  static String sentence(ScoreJob job, ScoringRun.Result result) {
    String sentence = result.rows() + " rows scored";
    if (result.withoutEnergy() > 0) {
      sentence += ", " + result.withoutEnergy() + " of them without energy, for a number they lack";
    }
    return sentence
        + result
            .flagged()
            .map(flagged -> flagged(job, flagged, result.rows() - result.withoutEnergy()))
            .orElse("");
  }

  private static String flagged(ScoreJob job, ScoringRun.Flagged flagged, long rows) {
    ThresholdSettings threshold = job.threshold().orElseThrow();
    return String.format(
        Locale.ROOT,
        "; %d flagged in %s, with a p-value of at most %.4g among %d rows held out (%s)",
        flagged.rows(),
        job.flagColumn(),
        flagged.pValue(),
        flagged.heldOut(),
        threshold.isOverTheRun()
            ? "at most " + threshold.rate() + " of those flagged are expected to be usual"
            : String.format(
                Locale.ROOT, "about %.3g if all rows were usual", threshold.rate() * rows));
  }

  /** A table of the rows of highest energy. */
  static List<String> highest(List<UnusualRow> rows) {
    if (rows.isEmpty()) {
      return List.of();
    }
    List<List<String>> cells = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("energy", "p-value"));
    rows.get(0).values().keySet().forEach(name -> header.add(Printable.of(name)));
    boolean explained = rows.stream().anyMatch(row -> !row.contributions().isEmpty());
    cells.add(header);
    for (UnusualRow row : rows) {
      List<String> line = new ArrayList<>();
      line.add(row.energy().map(energy -> number("%.5g", energy)).orElse("∞"));
      line.add(row.pValue().map(p -> number("%.3g", p)).orElse("-"));
      row.values().values().forEach(value -> line.add(Printable.of(value)));
      cells.add(line);
    }
    List<String> lines = new ArrayList<>(List.of("highest energies:"));
    for (int i = 0; i < cells.size(); i++) {
      String why = !explained ? "" : i == 0 ? "  adds most" : "  " + reasons(rows.get(i - 1));
      lines.add((padded(cells.get(i), cells) + why).stripTrailing());
    }
    return lines;
  }

  /** Such as {@code amount = 9000 (+31.2), hour = 3 (+4.05)}. */
  private static String reasons(UnusualRow row) {
    return row.contributions().entrySet().stream()
        .limit(MOST_REASONS)
        .map(
            one ->
                one.getKey()
                    + " = "
                    + row.contributors().getOrDefault(one.getKey(), "")
                    + " ("
                    + number("%+.3g", one.getValue())
                    + ")")
        .collect(Collectors.joining(", "));
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String padded(List<String> line, List<List<String>> all) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < line.size(); i++) {
      int column = i;
      int width = all.stream().mapToInt(other -> other.get(column).length()).max().orElse(0);
      text.append("  ").append(" ".repeat(width - line.get(i).length())).append(line.get(i));
    }
    return text.toString();
  }
}
