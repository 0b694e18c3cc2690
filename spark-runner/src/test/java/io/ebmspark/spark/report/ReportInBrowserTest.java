package io.ebmspark.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.RunRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pages in a real browser: nothing is loaded, no errors are logged, nothing overflows, and
 * everything is readable. They stay in {@code target/report-pages}, to be looked at with {@code
 * scripts/photograph}.
 */
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportInBrowserTest {
  private static final int[] WIDTHS = {320, 360, 768, 1280};

  /** What WCAG asks for normal text. */
  private static final double READABLE = 4.5;

  private static final Path PAGES = Path.of("target", "report-pages").toAbsolutePath();

  @TempDir static Path folder;
  private Browser browser;

  @BeforeAll
  void open() throws Exception {
    Files.createDirectories(PAGES);
    browser = Browser.open(folder);
  }

  private static Map<String, RunRecord> runs() {
    Map<String, RunRecord> runs = new LinkedHashMap<>();
    runs.put("promoted", Nights.promoted());
    runs.put("refused", Nights.refused());
    runs.put("diverged", Nights.diverged());
    runs.put("plane", Nights.plane());
    runs.put("images", Nights.images());
    runs.put("bare", Nights.bare("score", Outcome.DONE, Optional.empty()));
    runs.put("large", Nights.large());
    return runs;
  }

  @Test
  void pagesLoadNothingFitTheScreenAndCanBeRead() throws Exception {
    for (Map.Entry<String, RunRecord> run : runs().entrySet()) {
      Path page = PAGES.resolve(run.getKey() + ".html");
      Files.writeString(page, Report.html(run.getValue()));
      for (Browser.Scheme scheme : Browser.Scheme.values()) {
        Browser.Seen seen = browser.look(page, scheme, WIDTHS);
        String where = run.getKey() + " " + scheme;
        assertThat(seen.console()).as(where).isEmpty();
        assertThat(seen.views()).as(where).hasSize(WIDTHS.length);
        for (Browser.View view : seen.views()) {
          String at = where + " " + view;
          assertThat(view.scrollWidth()).as(at).isLessThanOrEqualTo(view.width());
          assertThat(view.requests()).as(at).isZero();
          assertThat(view.lowestContrast()).as(at).isGreaterThanOrEqualTo(READABLE);
          assertThat(view.background())
              .as(at)
              .isEqualTo(scheme == Browser.Scheme.DARK ? "rgb(20, 22, 26)" : "rgb(255, 255, 255)");
        }
      }
      Path pdf = PAGES.resolve(run.getKey() + ".pdf");
      browser.print(page, pdf);
      assertThat(new String(Files.readAllBytes(pdf), StandardCharsets.ISO_8859_1))
          .as(run.getKey())
          .startsWith("%PDF-")
          .contains("%%EOF");
    }
  }

  /** The control for the test above: a bad page is detected. */
  @Test
  void aBadPageIsSeenToBeBad() throws Exception {
    Path page = folder.resolve("bad.html");
    Files.writeString(
        page,
        "<!doctype html><meta http-equiv=Content-Security-Policy content=\"default-src 'none';"
            + " style-src 'unsafe-inline'\"><p style='width:900px;color:#999'>wide and faint</p>"
            + "<script>alert(1)</script><img src='http://127.0.0.1:9/x.png'>");
    Browser.Seen seen = browser.look(page, Browser.Scheme.LIGHT, 360);
    Browser.View view = seen.views().get(0);
    assertThat(view.scrollWidth()).isGreaterThan(800);
    assertThat(view.lowestContrast()).isLessThan(3);
    assertThat(view.faintest()).isEqualTo("P wide and faint");
    assertThat(seen.console()).anyMatch(line -> line.contains("script"));
    assertThat(seen.console()).anyMatch(line -> line.contains("x.png"));
  }
}
