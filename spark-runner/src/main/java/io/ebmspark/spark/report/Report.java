package io.ebmspark.spark.report;

import static j2html.TagCreator.a;
import static j2html.TagCreator.body;
import static j2html.TagCreator.document;
import static j2html.TagCreator.footer;
import static j2html.TagCreator.head;
import static j2html.TagCreator.main;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.nav;
import static j2html.TagCreator.p;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.style;
import static j2html.TagCreator.title;

import io.ebmspark.spark.record.RunRecord;
import j2html.TagCreator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A run as one HTML file for people to read: without network or scripts, in light and dark mode, on
 * wide and narrow screens, on paper and without colour. The same record gives the same bytes.
 */
public final class Report {
  /** The largest size of a page, whatever its record contains. */
  public static final int MOST_BYTES = 500_000;

  private static final String NO_NETWORK =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

  private static final String STYLE = resource("report.css");
  private static final String SYMBOLS = resource("symbols.svg");

  private Report() {}

  /** The page; whatever does not fit into {@link #MOST_BYTES} is counted instead of shown. */
  public static String html(RunRecord run) {
    PageLimits limits = PageLimits.FULL;
    String page = page(run, limits);
    while (page.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
      limits = limits.halved();
      page = page(run, limits);
    }
    return page;
  }

  private static String page(RunRecord run, PageLimits limits) {
    List<Section> sections =
        Stream.of(
                JudgementSection.of(run, limits),
                ComparisonSection.of(run, limits),
                DataSection.of(run, limits),
                TrainingSection.of(run, limits),
                EnergySection.of(run, limits),
                AlertSection.of(run, limits),
                UnusualSection.of(run, limits),
                SamplesSection.of(run, limits),
                Optional.of(SettingsSection.of(run, limits)))
            .flatMap(Optional::stream)
            .toList();
    return document(
            TagCreator.html(
                    head(
                        meta().withCharset("utf-8"),
                        meta()
                            .attr("http-equiv", "Content-Security-Policy")
                            .attr("content", NO_NETWORK),
                        meta()
                            .withName("viewport")
                            .attr("content", "width=device-width, initial-scale=1"),
                        meta().withName("color-scheme").attr("content", "light dark"),
                        title(Verdict.title(run)),
                        style(rawHtml(STYLE))),
                    body(
                        rawHtml(SYMBOLS),
                        Verdict.html(run, limits),
                        nav()
                            .attr("aria-label", "Sections")
                            .with(
                                sections.stream()
                                    .map(one -> a(one.title()).withHref("#" + one.id()))),
                        main().with(sections.stream().map(Section::html)),
                        footer(
                            p(
                                "EBM on Spark. This page loads nothing and runs no script; its data"
                                    + " is run.json."))))
                .withLang("en"))
        + "\n";
  }

  private static String resource(String name) {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing beside " + Report.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
