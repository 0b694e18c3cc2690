package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The settings of docs/observability.md, and what a scrape of a run that is under way gives. */
@Tag("long")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PrometheusTest {
  @TempDir Path folder;

  @Test
  void aRunIsScrapedWhileItTrains() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    String options =
        "--conf spark.ui.enabled=true --conf spark.ui.port="
            + port
            + " --conf spark.metrics.namespace=sessions"
            + " --conf spark.metrics.conf.driver.sink.prometheusServlet.class="
            + "org.apache.spark.metrics.sink.PrometheusServlet"
            + " --conf spark.metrics.conf.driver.sink.prometheusServlet.path=/metrics/prometheus";
    Path err = folder.resolve("err");
    Process run =
        new Launcher(Launcher.PROJECT, folder, Map.of("EBM_SUBMIT", options))
            .start(
                folder.resolve("out"),
                err,
                "train",
                "examples/breast-cancer.yaml",
                "--set=training.steps=1000000",
                "--set=training.learningRate=1e-3",
                "--set=output.model=" + folder.resolve("model"));
    try {
      URI page = URI.create("http://127.0.0.1:" + port + "/metrics/prometheus/");
      double first = awaitStep(run, err, page, 0);
      awaitStep(run, err, page, first);
      String scraped = scrape(page);
      assertThat(value(scraped, "loss")).isFinite().isPositive();
      assertThat(value(scraped, "gradient_norm")).isFinite().isPositive();
      assertThat(value(scraped, "learning_rate")).isEqualTo(1e-3);
      assertThat(value(scraped, "rows_per_second")).isFinite().isPositive();
      assertThat(value(scraped, "rollbacks")).isZero();
    } finally {
      run.descendants().forEach(ProcessHandle::destroyForcibly);
      run.destroyForcibly().waitFor();
    }
  }

  /** Waits until a later step is told. */
  private static double awaitStep(Process run, Path err, URI page, double after) throws Exception {
    while (true) {
      assertThat(run.isAlive()).as(Files.readString(err)).isTrue();
      double step = value(scrape(page), "step");
      if (step > after) {
        return step;
      }
      Thread.sleep(200);
    }
  }

  private static double value(String scraped, String gauge) {
    Matcher line =
        Pattern.compile(
                "^metrics_sessions_driver_ebm_" + gauge + "_Value\\{[^}]*\\} (\\S+)",
                Pattern.MULTILINE)
            .matcher(scraped);
    return line.find() ? Double.parseDouble(line.group(1)) : Double.NaN;
  }

  /** The page; empty until there is one. */
  private static String scrape(URI page) throws InterruptedException {
    try {
      return HttpClient.newHttpClient()
          .send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    }
  }
}
