package io.ebmspark.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.RunRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pages as a parser sees them; {@link ReportInBrowserTest} tests how they look. */
class ReportTest {
  private static final RunRecord LARGE = Nights.large();
  private static final Document LARGE_PAGE = Jsoup.parse(Report.html(LARGE));

  static Stream<RunRecord> everyKind() {
    return Stream.of(
        Nights.promoted(),
        Nights.refused(),
        Nights.diverged(),
        Nights.plane(),
        Nights.images(),
        Nights.bare("score", Outcome.DONE, Optional.empty()),
        LARGE);
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void everyPageIsWellFormedSmallAndSelfContained(RunRecord run) {
    String html = Report.html(run);
    assertThat(html.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(Report.MOST_BYTES);
    Parser parser = Parser.htmlParser().setTrackErrors(20);
    Document page = parser.parseInput(html, "");
    assertThat((List<?>) parser.getErrors()).isEmpty();
    assertThat(page.selectFirst("html").attr("lang")).isEqualTo("en");
    assertThat(page.selectFirst("meta[http-equiv=Content-Security-Policy]").attr("content"))
        .isEqualTo("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    assertThat(page.select("script, link, iframe, object, embed, [onclick], [onload]")).isEmpty();
    for (Element linked : page.select("[src], [href]")) {
      assertThat(linked.attr(linked.hasAttr("src") ? "src" : "href"))
          .matches("#.*|data:image/png.*");
    }
    for (Element target : page.select("nav a")) {
      assertThat(page.select(target.attr("href"))).hasSize(1);
    }
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void everyPageCanBeReadAloud(RunRecord run) {
    Document page = Jsoup.parse(Report.html(run));
    assertThat(page.select("h1")).hasSize(1);
    int before = 0;
    for (Element heading : page.select("h1, h2, h3, h4")) {
      int level = heading.tagName().charAt(1) - '0';
      assertThat(level).as("%s after h%d", heading, before).isLessThanOrEqualTo(before + 1);
      before = level;
    }
    for (Element picture : page.select("svg:not([aria-hidden])")) {
      assertThat(picture.attr("role")).isEqualTo("img");
      assertThat(picture.child(0).tagName()).isEqualTo("title");
      assertThat(picture.child(0).text()).isNotBlank();
    }
    for (Element table : page.select("table")) {
      assertThat(table.selectFirst("caption").text()).isNotBlank();
      assertThat(table.select("thead th:not([scope=col]), tbody th:not([scope=row])")).isEmpty();
      int columns = table.select("thead th").size();
      for (Element row : table.select("tbody tr")) {
        assertThat(row.children()).hasSize(columns);
      }
    }
    assertThat(page.select("svg path[d*=NaN], svg path[d*=Infinity], svg [x*=NaN]")).isEmpty();
  }

  @Test
  void theVerdictComesFirstThenTheSectionsInTheirOrder() {
    Document page = Jsoup.parse(Report.html(Nights.promoted()));
    assertThat(page.selectFirst("h1").text()).isEqualTo("Promoted");
    assertThat(page.selectFirst(".reason").text()).isEqualTo(Nights.promoted().reason());
    assertThat(page.select("section").eachAttr("id"))
        .containsExactly(
            "gates",
            "models",
            "data",
            "training",
            "energies",
            "alerts",
            "unusual",
            "samples",
            "settings");
    assertThat(page.title()).isEqualTo("Promoted: retrain sessions, 25 Nov 2026, 02:00 UTC");
  }

  @Test
  void sectionsWithoutDataAreLeftOutButTheVerdictStands() {
    Document diverged = Jsoup.parse(Report.html(Nights.diverged()));
    assertThat(diverged.selectFirst("h1").text()).isEqualTo("Diverged");
    assertThat(diverged.select("section").eachAttr("id"))
        .containsExactly("gates", "data", "training", "settings");
    assertThat(diverged.selectFirst("#training").text()).contains("as crosses at the top: 1.");
    Document bare = Jsoup.parse(Report.html(Nights.bare("score", Outcome.DONE, Optional.empty())));
    assertThat(bare.selectFirst("h1").text()).isEqualTo("Done");
    assertThat(bare.select("section").eachAttr("id")).containsExactly("settings");
  }

  @Test
  void gatesShowValueLimitAndWordOfTheirResult() {
    Document page = Jsoup.parse(Report.html(Nights.refused()));
    Element worst = page.select("#gates tbody tr").first();
    assertThat(worst.child(0).text()).startsWith("objective");
    assertThat(worst.child(1).text()).isEqualTo("Failed");
    assertThat(worst.child(2).text()).isEqualTo("0.0782");
    assertThat(worst.child(3).text()).isEqualTo("≤ 0.0101");
    assertThat(page.select("#gates tbody tr:nth-child(2) td").eachText()).contains("≥ 0.9658");
  }

  @Test
  void theComparisonSaysWhichIsBetter() {
    Document page = Jsoup.parse(Report.html(Nights.promoted()));
    Element objective = page.select("#models tbody tr").first();
    assertThat(objective.select("td").eachText())
        .startsWith("−2.4127 ± 0.0051", "−2.4340 ± 0.0051", "−0.0213 better");
  }

  @Test
  void driftIsSortedAndHasItsNumbersBehindIt() {
    Document page = Jsoup.parse(Report.html(Nights.refused()));
    assertThat(page.select("#data table").first().select("tbody th").eachText())
        .startsWith("bytes_out", "bytes_in", "duration_seconds");
    assertThat(page.select("#data details tbody tr")).hasSize(12 * 23);
  }

  @Test
  void picturesHaveTheirDataInATable() {
    for (RunRecord run : List.of(Nights.promoted(), Nights.plane(), Nights.images())) {
      Document page = Jsoup.parse(Report.html(run));
      for (Element section : page.select("section:has(svg.chart)")) {
        assertThat(section.select("table")).as(section.id()).isNotEmpty();
      }
      assertThat(page.select("#training details tbody tr").size())
          .isEqualTo(run.training().map(training -> training.curve().size()).orElse(0));
    }
  }

  @Test
  void textOfOthersIsShownAndNeverRun() {
    Document page = LARGE_PAGE;
    assertThat(page.select("script, b")).isEmpty();
    assertThat(page.selectFirst(".reason").text()).startsWith("<script>alert('x')</script> word");
    assertThat(page.selectFirst(".kicker").text()).isEqualTo("retrain · <script>");
    assertThat(page.select("#data tbody th").first().text())
        .isEqualTo("<script>alert('x')</script>");
  }

  @Test
  void whatIsLeftOutIsCounted() {
    Document page = LARGE_PAGE;
    for (String id : List.of("gates", "data", "training", "unusual", "samples", "settings")) {
      assertThat(page.selectFirst("#" + id).text()).as(id).contains("left out here");
    }
  }

  @Test
  void theSameRecordGivesTheSameBytes() {
    assertThat(Report.html(Nights.promoted())).isEqualTo(Report.html(Nights.promoted()));
    assertThat(Report.html(Nights.images())).isEqualTo(Report.html(Nights.images()));
  }

  @Test
  void rowsAreNotShownWhereTheRecordHasNone() {
    assertThat(Jsoup.parse(Report.html(Nights.diverged())).select("#unusual")).isEmpty();
    Element unusual = Jsoup.parse(Report.html(Nights.promoted())).selectFirst("#unusual");
    assertThat(unusual.select("tbody > tr")).hasSize(10);
    assertThat(unusual.select("tbody td").first().text()).isEqualTo("overflows");
    assertThat(unusual.select(".contributions")).hasSize(10);
  }
}
