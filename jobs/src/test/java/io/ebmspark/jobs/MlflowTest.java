package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.ValidationMetrics;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.run.RunRecorder;
import io.ebmspark.spark.track.TrackedRun;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real MLflow server, by {@code scripts/mlflow}, knows of runs. */
@Tag("long")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class MlflowTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir static Path shared;
  private static Server server;
  @TempDir Path folder;

  /** A tracking server of its own process. */
  private record Server(Process process, String address) implements AutoCloseable {
    static int freePort() throws IOException {
      try (ServerSocket socket = new ServerSocket(0)) {
        return socket.getLocalPort();
      }
    }

    static Server start(Path folder, int port) throws Exception {
      Process script =
          new ProcessBuilder(Launcher.PROJECT.resolve("scripts/mlflow").toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String program = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(script.waitFor()).isZero();
      Files.createDirectories(folder);
      Process process =
          new ProcessBuilder(
                  program.strip(),
                  "server",
                  "--port=" + port,
                  "--workers=1",
                  "--backend-store-uri=sqlite:///" + folder.resolve("runs.db"),
                  "--artifacts-destination=" + folder.resolve("artifacts"))
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start();
      Server started = new Server(process, "http://127.0.0.1:" + port);
      while (!started.isUp()) {
        assertThat(process.isAlive()).as(Files.readString(folder.resolve("log"))).isTrue();
        Thread.sleep(200);
      }
      return started;
    }

    private boolean isUp() throws InterruptedException {
      try {
        return get("/health").statusCode() == 200;
      } catch (IOException e) {
        return false;
      }
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
      return send(HttpRequest.newBuilder(URI.create(address + path)).build());
    }

    private static HttpResponse<String> send(HttpRequest request)
        throws IOException, InterruptedException {
      return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** The only run of an experiment. */
    JsonNode run(String experiment) throws IOException, InterruptedException {
      String found =
          get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=" + experiment).body();
      String id = JSON.readTree(found).at("/experiment/experiment_id").asText();
      HttpRequest search =
          HttpRequest.newBuilder(URI.create(address + "/api/2.0/mlflow/runs/search"))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString("{\"experiment_ids\":[\"" + id + "\"]}"))
              .build();
      JsonNode runs = JSON.readTree(send(search).body()).path("runs");
      assertThat(runs).hasSize(1);
      return runs.get(0);
    }

    /** The steps at which it has a value of a metric. */
    List<Long> steps(JsonNode run, String metric) throws IOException, InterruptedException {
      String path =
          "/api/2.0/mlflow/metrics/get-history?metric_key=" + metric + "&run_id=" + id(run);
      List<Long> steps = new ArrayList<>();
      JSON.readTree(get(path).body())
          .path("metrics")
          .forEach(value -> steps.add(value.path("step").asLong()));
      return steps;
    }

    @Override
    public void close() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @BeforeAll
  static void start() throws Exception {
    server = Server.start(shared.resolve("server"), Server.freePort());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String id(JsonNode run) {
    return run.at("/info/run_id").asText();
  }

  private static String value(JsonNode run, String kind, String key) {
    for (JsonNode pair : run.at("/data/" + kind)) {
      if (pair.path("key").asText().equals(key)) {
        return pair.path("value").asText();
      }
    }
    return "absent";
  }

  private Launcher.Result ebm(String... arguments) throws Exception {
    return new Launcher(Launcher.PROJECT, folder, Map.of()).run(arguments);
  }

  private String[] train(String address, String experiment, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                "examples/breast-cancer.yaml",
                "--mlflow=" + address,
                "--experiment=" + experiment,
                "--set=training.steps=300",
                "--set=output.model=" + folder.resolve("model")));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  @Test
  void aRunIsThereWithItsSettingsItsCourseAndItsReport() throws Exception {
    Launcher.Result result = ebm(train(server.address(), "whole"));
    assertThat(result.code()).as(result.err()).isZero();
    JsonNode run = server.run("whole");
    Path record = folder.resolve("model.train/run.json");
    JsonNode written = JSON.readTree(record.toFile());

    assertThat(run.at("/info/status").asText()).as(result.toString()).isEqualTo("FINISHED");
    assertThat(run.at("/info/run_name").asText()).isEqualTo(written.path("id").asText());
    assertThat(value(run, "params", "training.steps")).isEqualTo("300");
    assertThat(value(run, "params", "data.source.format")).isEqualTo("csv");
    assertThat(value(run, "tags", "ebm.outcome")).isEqualTo("DONE");
    assertThat(value(run, "tags", "mlflow.note.content"))
        .isEqualTo(written.path("reason").asText());
    assertThat(server.steps(run, "loss")).as("its last step").contains(299L);
    assertThat(Double.parseDouble(value(run, "metrics", "seconds.read_order_check"))).isPositive();

    String files = "/get-artifact?run_uuid=" + id(run) + "&path=";
    assertThat(JSON.readTree(server.get(files + "run.json").body())).isEqualTo(written);
    assertThat(server.get(files + "report.html").body())
        .isEqualTo(Files.readString(folder.resolve("model.train/report.html")));
  }

  @Test
  void aRunThatFailsIsThereAsFailed() throws Exception {
    Launcher.Result result =
        ebm(train(server.address(), "failed", "--set=data.source.path=" + folder + "/none.csv"));
    assertThat(result.code()).isNotZero();
    JsonNode run = server.run("failed");
    assertThat(run.at("/info/status").asText()).isEqualTo("FAILED");
    assertThat(value(run, "tags", "ebm.exit_code")).isEqualTo(String.valueOf(result.code()));
    assertThat(value(run, "tags", "mlflow.note.content")).contains("none.csv");
  }

  @Test
  void aServerThatIsAwayStopsNothing() throws Exception {
    String nowhere = "http://127.0.0.1:" + Server.freePort();
    Launcher.Result result = ebm(train(nowhere, "away"));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out() + result.err())
        .contains("not tracked now: " + nowhere + " cannot be reached")
        .contains("not, or not whole, on the tracking server");
    assertThat(folder.resolve("model")).isDirectory();
  }

  @Test
  void anAddressThatIsNoServersIsRefused() throws Exception {
    Launcher.Result result = ebm(train("sqlite:///runs.db", "none"));
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("--mlflow is 'sqlite:///runs.db'; give the address");
    assertThat(folder.resolve("model")).doesNotExist();
  }

  /** What was measured while the server was away is sent when it is back. */
  @Test
  void aServerThatComesLaterKnowsTheWholeRun() throws Exception {
    int port = Server.freePort();
    List<String> notices = new ArrayList<>();
    TrackedRun tracked = new TrackedRun("http://127.0.0.1:" + port, "late", "train", notices::add);
    RunRecorder recorder = new RunRecorder("train", tracked);
    tracked.begin(recorder.id(), new TrainJobLike(7));
    while (notices.isEmpty()) {
      recorder.onStep(new StepMetrics(1, .5, 1, 1e-3, 10, Map.of(), Map.of(), .1));
      Thread.sleep(50);
    }
    recorder.onValidation(new ValidationMetrics(3, .4, 3, .4));
    try (Server late = Server.start(folder.resolve("server"), port)) {
      recorder.onStep(new StepMetrics(9, .3, 1, 1e-3, 10, Map.of(), Map.of(), .1));
      tracked.finish(recorder.toRecord(Outcome.DONE, 0, "done"), Optional.empty());
      JsonNode run = late.run("late");
      assertThat(run.at("/info/status").asText()).isEqualTo("FINISHED");
      assertThat(late.steps(run, "loss")).contains(1L, 9L);
      assertThat(late.steps(run, "validation_loss")).containsExactly(3L);
      assertThat(value(run, "params", "steps")).isEqualTo("7");
      assertThat(notices).hasSize(1);
    }
  }

  private record TrainJobLike(int steps) {}
}
