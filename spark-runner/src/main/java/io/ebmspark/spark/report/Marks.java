package io.ebmspark.spark.report;

import static j2html.TagCreator.dd;
import static j2html.TagCreator.div;
import static j2html.TagCreator.dl;
import static j2html.TagCreator.dt;
import static j2html.TagCreator.figcaption;
import static j2html.TagCreator.span;
import static j2html.TagCreator.strong;
import static j2html.TagCreator.text;

import io.ebmspark.spark.record.Status;
import j2html.tags.DomContent;
import j2html.tags.specialized.DlTag;
import java.util.List;
import java.util.Map;

/** Small recurring elements: a status, a list of facts, a figure, a legend. */
final class Marks {
  private Marks() {}

  /** A status as a symbol, a word and a colour, each sufficient by itself. */
  static DomContent status(Status status) {
    return span(Shape.symbol(symbol(status)), text(word(status)))
        .withClass("status " + symbol(status));
  }

  static String symbol(Status status) {
    return switch (status) {
      case PASSED -> "pass";
      case WARNED -> "warn";
      case FAILED -> "fail";
      case SKIPPED -> "skip";
    };
  }

  static String word(Status status) {
    return switch (status) {
      case PASSED -> "Passed";
      case WARNED -> "Warned";
      case FAILED -> "Failed";
      case SKIPPED -> "Skipped";
    };
  }

  /** Names and values side by side. */
  static DomContent facts(Map<String, String> facts) {
    DlTag list = dl().withClass("facts");
    facts.forEach((name, value) -> list.with(div(dt(name), dd(value))));
    return list;
  }

  static DomContent figure(String title, String hint, DomContent... content) {
    return j2html.TagCreator.figure(
            figcaption(strong(title), text(hint.isEmpty() ? "" : " "), Table.muted(hint)))
        .with(content);
  }

  static DomContent legend(List<DomContent> entries) {
    return div().withClass("legend").with(entries);
  }

  static DomContent entry(DomContent sample, String words) {
    return span(sample, text(words)).withClass("entry");
  }
}
