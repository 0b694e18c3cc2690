package io.ebmspark.spark.track;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.data.Secrets;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A tracking server, by its <a href="https://mlflow.org/docs/latest/rest-api.html">REST API</a>:
 * MLflow's Java client is not needed for the six calls that a run makes.
 */
final class MlflowServer {
  /** What MLflow takes in one request: values, parameters and tags. */
  private static final int MOST_METRICS = 1000;

  private static final int MOST_PAIRS = 100;

  /** The longest value of a parameter. */
  private static final int LONGEST = 6000;

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String address;
  private final Optional<String> authorization;
  private final Duration patience;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NORMAL)
          .build();

  /**
   * A server, of which nothing is asked yet.
   *
   * @param environment where MLflow's own clients look for a token, or a user and password
   * @param patience how long an answer may take
   * @throws BadSettingException if the address is not that of a server
   */
  MlflowServer(String address, Map<String, String> environment, Duration patience) {
    this.patience = patience;
    if (!address.matches("https?://[^/].*")) {
      throw new BadSettingException(
          "--mlflow",
          "is '"
              + Secrets.hidden(address)
              + "'; give the address of a tracking server, such as http://mlflow:5000");
    }
    try {
      URI parsed = URI.create(address);
      this.authorization = authorization(parsed, environment);
      this.address = withoutUser(parsed).replaceFirst("/+$", "");
    } catch (IllegalArgumentException e) {
      throw new BadSettingException(
          "--mlflow", "is not an address: " + FirstLine.of(e).replace(address, "it"));
    }
  }

  private static Optional<String> authorization(URI address, Map<String, String> environment) {
    String token = environment.get("MLFLOW_TRACKING_TOKEN");
    if (token != null) {
      return Optional.of("Bearer " + token);
    }
    String user = environment.get("MLFLOW_TRACKING_USERNAME");
    String both =
        user == null
            ? address.getUserInfo()
            : user + ":" + environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
    return Optional.ofNullable(both)
        .map(text -> "Basic " + Base64.getEncoder().encodeToString(text.getBytes(UTF_8)));
  }

  private static String withoutUser(URI address) {
    String user = address.getRawUserInfo();
    return user == null ? address.toString() : address.toString().replace(user + "@", "");
  }

  @Override
  public String toString() {
    return address;
  }

  /** The id of an experiment, which is made if there is none of this name. */
  String experiment(String name) throws TrackingException {
    Optional<String> known = existing(name);
    if (known.isPresent()) {
      return known.get();
    }
    try {
      return id(
          post("experiments/create", JSON.createObjectNode().put("name", name)), "experiment_id");
    } catch (TrackingException e) {
      // Another run may have made it meanwhile.
      return existing(name).orElseThrow(() -> e);
    }
  }

  private Optional<String> existing(String name) throws TrackingException {
    String query = "experiment_name=" + URLEncoder.encode(name, UTF_8);
    HttpResponse<String> answer =
        send(request("2.0/mlflow/experiments/get-by-name?" + query).GET().build());
    if (answer.statusCode() == 404 && answer.body().contains("RESOURCE_DOES_NOT_EXIST")) {
      return Optional.empty();
    }
    JsonNode experiment = read(answer).path("experiment");
    if (!experiment.path("lifecycle_stage").asText("active").equals("active")) {
      throw new TrackingException(
          "the experiment '" + name + "' of " + this + " was deleted; restore it or name another");
    }
    return Optional.of(id(experiment, "experiment_id"));
  }

  /**
   * A run on the server.
   *
   * @param artifacts where its files go, as the server tells
   */
  record Run(String id, String artifacts) {}

  /** Begins a run. */
  Run start(String experiment, String name, long at, Map<String, String> tags)
      throws TrackingException {
    ObjectNode body =
        JSON.createObjectNode()
            .put("experiment_id", experiment)
            .put("run_name", name)
            .put("start_time", at);
    body.set("tags", pairs(List.copyOf(tags.entrySet())));
    JsonNode info = post("runs/create", body).path("run").path("info");
    return new Run(id(info, "run_id"), info.path("artifact_uri").asText());
  }

  private String id(JsonNode answer, String field) throws TrackingException {
    String id = answer.path(field).asText();
    if (id.isEmpty()) {
      throw isNone();
    }
    return id;
  }

  private TrackingException isNone() {
    return new TrackingException(
        this + " does not answer as an MLflow server does; see whether the address is that of one");
  }

  /** Adds numbers to a run. */
  void metrics(Run run, List<TrackedMetric> metrics) throws TrackingException {
    for (int from = 0; from < metrics.size(); from += MOST_METRICS) {
      List<TrackedMetric> part =
          metrics.subList(from, Math.min(metrics.size(), from + MOST_METRICS));
      ObjectNode body = JSON.createObjectNode().put("run_id", run.id());
      body.set("metrics", JSON.valueToTree(part));
      post("runs/log-batch", body);
    }
  }

  /** Adds what a run was asked to do. */
  void parameters(Run run, Map<String, String> parameters) throws TrackingException {
    pairs(run, "params", parameters);
  }

  /** Adds what came of it. */
  void tags(Run run, Map<String, String> tags) throws TrackingException {
    pairs(run, "tags", tags);
  }

  private void pairs(Run run, String kind, Map<String, String> all) throws TrackingException {
    List<Map.Entry<String, String>> entries = List.copyOf(all.entrySet());
    for (int from = 0; from < entries.size(); from += MOST_PAIRS) {
      ObjectNode body = JSON.createObjectNode().put("run_id", run.id());
      body.set(kind, pairs(entries.subList(from, Math.min(entries.size(), from + MOST_PAIRS))));
      post("runs/log-batch", body);
    }
  }

  /** A name in the characters that MLflow takes. */
  static String key(String name) {
    return name.replaceAll("[^\\w./ -]+", "_");
  }

  private static ArrayNode pairs(List<Map.Entry<String, String>> entries) {
    ArrayNode array = JSON.createArrayNode();
    for (Map.Entry<String, String> entry : entries) {
      String value = entry.getValue();
      array
          .addObject()
          .put("key", key(entry.getKey()))
          .put("value", value.length() <= LONGEST ? value : value.substring(0, LONGEST - 1) + "…");
    }
    return array;
  }

  /**
   * Sends a file, where the server itself takes them.
   *
   * @return whether it does
   */
  boolean upload(Run run, String name, String text, String type) throws TrackingException {
    URI artifacts = URI.create(run.artifacts());
    if (!"mlflow-artifacts".equals(artifacts.getScheme())) {
      return false; // clients are expected to have a share or a bucket of their own
    }
    String path = "2.0/mlflow-artifacts/artifacts" + artifacts.getPath() + "/" + name;
    // A file is taken without a word.
    requireSuccess(
        send(
            request(path).header("Content-Type", type).PUT(BodyPublishers.ofString(text)).build()));
    return true;
  }

  /**
   * Ends a run.
   *
   * @param status such as FINISHED
   */
  void end(Run run, String status, long at) throws TrackingException {
    post(
        "runs/update",
        JSON.createObjectNode().put("run_id", run.id()).put("status", status).put("end_time", at));
  }

  private JsonNode post(String call, ObjectNode body) throws TrackingException {
    return read(
        send(
            request("2.0/mlflow/" + call)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()))
                .build()));
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + "/api/" + path));
    authorization.ifPresent(value -> request.header("Authorization", value));
    return request;
  }

  private HttpResponse<String> send(HttpRequest request) throws TrackingException {
    // A request's own timeout ends with the header of the answer, and its body may never come.
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(request, BodyHandlers.ofString());
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new TrackingException(
          this + " cannot be reached: " + FirstLine.of(requireNonNullElse(e.getCause(), e)), e);
    } catch (TimeoutException e) {
      throw new TrackingException(this + " has not answered within " + seconds(patience), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrackingException("interrupted while waiting for " + this, e);
    } finally {
      answer.cancel(true);
    }
  }

  static String seconds(Duration duration) {
    return duration.toSeconds() + " s";
  }

  private JsonNode read(HttpResponse<String> answer) throws TrackingException {
    requireSuccess(answer);
    JsonNode body = body(answer);
    if (!body.isObject()) {
      throw isNone(); // such as the page of a proxy that asks who is there
    }
    return body;
  }

  private void requireSuccess(HttpResponse<String> answer) throws TrackingException {
    if (answer.statusCode() / 100 != 2) {
      String text = answer.body().strip();
      String said =
          body(answer).path("message").asText(text.startsWith("<") ? "" : FirstLine.of(text));
      throw new TrackingException(
          this + " answers " + answer.statusCode() + (said.isBlank() ? "" : ": " + said.strip()));
    }
  }

  private static JsonNode body(HttpResponse<String> answer) {
    try {
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      return JSON.missingNode();
    }
  }
}
