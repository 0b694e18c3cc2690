package io.ebmspark.spark.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.h1;
import static j2html.TagCreator.header;
import static j2html.TagCreator.li;
import static j2html.TagCreator.p;
import static j2html.TagCreator.span;
import static j2html.TagCreator.text;
import static j2html.TagCreator.ul;

import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.Status;
import j2html.tags.DomContent;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The head of the page: the outcome of the run, and why. */
final class Verdict {
  private static final int DIVERGED = 4;
  private static final int STORAGE = 75;
  private static final int STOPPED = 143;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("d MMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private Verdict() {}

  /** The title, for a browser's tab or the subject of a mail. */
  static String title(RunRecord run) {
    return word(run)
        + ": "
        + Words.name(run.command())
        + run.model().map(model -> " " + Words.name(model)).orElse("")
        + ", "
        + time(run.started());
  }

  static DomContent html(RunRecord run, PageLimits limits) {
    return header(
            p(
                    text(Words.name(run.command())),
                    text(run.model().map(m -> " · ").orElse("")),
                    text(run.model().map(Words::name).orElse("")))
                .withClass("kicker"),
            h1(Shape.symbol(symbol(run)), text(word(run))).withClass(symbol(run)),
            p(Words.sentence(run.reason())).withClass("reason"),
            Marks.facts(facts(run)),
            notices(run, limits))
        .withClass("verdict");
  }

  static String word(RunRecord run) {
    return switch (run.outcome()) {
      case DONE -> "Done";
      case PROMOTED -> "Promoted";
      case UNCHANGED -> "Unchanged";
      case REFUSED_BY_GATE -> "Refused by a gate";
      case REFUSED_BY_CHECK -> "Refused by a check";
      case FAILED ->
          switch (run.exitCode()) {
            case DIVERGED -> "Diverged";
            case STORAGE -> "Storage full or unreachable";
            case STOPPED -> "Stopped";
            default -> "Failed";
          };
    };
  }

  private static String symbol(RunRecord run) {
    return switch (run.outcome()) {
      case DONE, PROMOTED -> "pass";
      case UNCHANGED -> "same";
      case REFUSED_BY_GATE, REFUSED_BY_CHECK -> "warn";
      case FAILED -> "fail";
    };
  }

  private static Map<String, String> facts(RunRecord run) {
    Map<String, String> facts = new LinkedHashMap<>();
    inUse(run).ifPresent(use -> facts.put("In use", use));
    if (run.outcome() != Outcome.PROMOTED) {
      run.candidateVersion().ifPresent(version -> facts.put("Candidate", "version " + version));
    }
    tally(run.gates()).ifPresent(tally -> facts.put("Gates", tally));
    tally(run.checks()).ifPresent(tally -> facts.put("Checks", tally));
    run.data().ifPresent(data -> facts.put("Rows", Numbers.whole(data.rows())));
    facts.put("Started", time(run.started()));
    took(run).ifPresent(took -> facts.put("Took", took));
    facts.put("Exit code", Integer.toString(run.exitCode()));
    return facts;
  }

  private static Optional<String> inUse(RunRecord run) {
    if (run.outcome() == Outcome.PROMOTED && run.candidateVersion().isPresent()) {
      String now = "version " + run.candidateVersion().get();
      return Optional.of(
          run.championVersion().map(before -> now + ", previously " + before).orElse(now));
    }
    return run.championVersion().map(version -> "version " + version);
  }

  private static Optional<String> tally(List<Judgement> judged) {
    List<String> parts = new ArrayList<>();
    for (Status status : List.of(Status.FAILED, Status.WARNED, Status.PASSED, Status.SKIPPED)) {
      long count = judged.stream().filter(one -> one.status() == status).count();
      if (count > 0) {
        parts.add(Numbers.whole(count) + " " + Marks.word(status).toLowerCase(Locale.ROOT));
      }
    }
    return parts.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", parts));
  }

  private static DomContent notices(RunRecord run, PageLimits limits) {
    if (run.notices().isEmpty()) {
      return text("");
    }
    List<String> shown = run.notices().stream().limit(limits.few()).toList();
    return div(
            span(Shape.symbol("warn"), text("Worth knowing")).withClass("status warn"),
            ul().with(shown.stream().map(notice -> li(Words.sentence(notice)))),
            Table.leftOut(shown.size(), run.notices().size(), "notices"))
        .withClass("notices");
  }

  /** A time formatted for people; text that is not a time is left as it is. */
  static String time(String instant) {
    return parsed(instant).map(TIME::format).orElse(Words.name(instant));
  }

  private static Optional<String> took(RunRecord run) {
    return parsed(run.started())
        .flatMap(start -> parsed(run.ended()).map(end -> Duration.between(start, end)))
        .filter(took -> !took.isNegative())
        .map(took -> Numbers.duration(took.toMillis() / 1000.0));
  }

  private static Optional<Instant> parsed(String instant) {
    try {
      return Optional.of(Instant.parse(instant));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
