package io.ebmspark.spark.track;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.ValidationMetrics;
import io.ebmspark.spark.record.Evaluation;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.Phase;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.report.Report;
import io.ebmspark.spark.run.RunListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A run on an MLflow tracking server: its settings, its course while it trains, and at its end what
 * came of it, with {@code run.json} and {@code report.html}.
 *
 * <p>A thread of its own sends the newest step every other second, so that training waits for no
 * server and a long run does not flood one. A server that is away stops nothing: what could not be
 * sent is kept and sent later, and the user is told once.
 */
public final class TrackedRun implements RunListener {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long BEAT_MILLIS = 2000;
  private static final int ATTEMPTS = 3;
  private static final Duration ANSWER = Duration.ofSeconds(30);

  /** What a run that is done waits for its server, however often that does not answer. */
  private static final Duration AT_LAST = Duration.ofSeconds(20);

  /** Two hours without a server. */
  private static final int MOST_PENDING = 40_000;

  private final MlflowServer server;
  private final String experiment;
  private final String command;
  private final long started = System.currentTimeMillis();
  private final Consumer<String> notices;
  private final Duration atLast;
  private final ScheduledExecutorService sender =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "mlflow");
            thread.setDaemon(true);
            return thread;
          });
  private final AtomicReference<@Nullable StepMetrics> newest = new AtomicReference<>();
  private final ConcurrentLinkedQueue<TrackedMetric> pending = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
  private volatile Future<?> beats = CompletableFuture.completedFuture(null);
  private volatile String name = "";
  private volatile Map<String, String> parameters = Map.of();
  private volatile boolean parametersKnown;
  private boolean parametersSent;
  private boolean told;
  private MlflowServer.@Nullable Run run;

  /**
   * A run that has not begun.
   *
   * @param address of the server
   * @param experiment its name; it is made if there is none
   * @param command such as {@code train}
   * @param notices hears, once, of a server that is away
   * @throws io.ebmspark.core.settings.BadSettingException if the address is not that of a server
   */
  public TrackedRun(String address, String experiment, String command, Consumer<String> notices) {
    this(address, experiment, command, notices, ANSWER, AT_LAST);
  }

  TrackedRun(
      String address,
      String experiment,
      String command,
      Consumer<String> notices,
      Duration answer,
      Duration atLast) {
    this.server = new MlflowServer(address, System.getenv(), answer);
    this.atLast = atLast;
    this.experiment = experiment;
    this.command = command;
    this.notices = notices;
  }

  /**
   * Begins it.
   *
   * @param name of the run
   * @param job what it was asked to do, without secrets
   */
  public void begin(String name, Record job) {
    this.name = name;
    parameters = flat("", job);
    beats = sender.scheduleWithFixedDelay(this::beat, 0, BEAT_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void onTraining(TrainingSettings chosen) {
    Map<String, String> all = new LinkedHashMap<>(parameters);
    all.putAll(flat("training", chosen));
    parameters = all;
    parametersKnown = true;
  }

  private static Map<String, String> flat(String path, Record record) {
    Map<String, String> flat = new LinkedHashMap<>();
    Flat.leaves(
        path,
        tree(record),
        (name, leaf) -> {
          if (!leaf.isNull()) {
            flat.put(name, leaf.isValueNode() ? leaf.asText() : leaf.toString());
          }
        });
    return flat;
  }

  private static JsonNode tree(Record record) {
    try {
      return JSON.readTree(SettingsWriter.toJson(record));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void onStep(StepMetrics metrics) {
    newest.set(metrics);
    tell();
  }

  @Override
  public void onValidation(ValidationMetrics metrics) {
    add("validation_loss", metrics.loss(), metrics.step());
  }

  @Override
  public void onRollback(DivergedException cause, TrainingState state) {
    add("rollbacks", state.rollbacks(), cause.step());
  }

  private void add(String key, double value, long step) {
    pending.add(new TrackedMetric(key, value, System.currentTimeMillis(), step));
  }

  /** Says, once, that the server is away. */
  private void tell() {
    String text = failure.get();
    if (text != null && !told) {
      told = true;
      notices.accept("the run goes on, but is not tracked now: " + text);
    }
  }

  private void beat() {
    try {
      send();
    } catch (TrackingException e) {
      failure.compareAndSet(null, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      failure.compareAndSet(null, FirstLine.of(e));
    }
  }

  /** Sends all there is; only the sender's thread does. */
  private MlflowServer.Run send() throws TrackingException {
    StepMetrics last = newest.getAndSet(null);
    if (last != null) {
      points(last);
    }
    while (pending.size() > MOST_PENDING) {
      pending.poll();
    }
    MlflowServer.Run begun = begun();
    if (parametersKnown && !parametersSent) {
      server.parameters(begun, parameters);
      parametersSent = true;
    }
    List<TrackedMetric> batch = List.copyOf(pending);
    server.metrics(begun, batch);
    batch.forEach(pending::remove);
    return begun;
  }

  private void points(StepMetrics last) {
    Map<String, Double> values = new LinkedHashMap<>(last.report());
    values.put("loss", last.loss());
    values.put("gradient_norm", last.gradientNorm());
    values.put("learning_rate", last.learningRate());
    values.put("rows_per_second", last.rows() / last.seconds());
    values.forEach((key, value) -> add(key, value, last.step()));
  }

  private MlflowServer.Run begun() throws TrackingException {
    MlflowServer.Run known = run;
    if (known == null) {
      known = server.start(server.experiment(experiment), name, started, tags());
      run = known;
    }
    return known;
  }

  private Map<String, String> tags() {
    return Map.of(
        "mlflow.user",
        System.getProperty("user.name"),
        "mlflow.source.name",
        "ebm " + command,
        "mlflow.source.type",
        "JOB",
        "ebm.command",
        command);
  }

  /**
   * Sends what came of the run. Where the server is away for longer than some seconds, the user is
   * told, and nothing else is lost. A run that never began is not shown.
   *
   * @param folder where the run's own record is
   */
  public void finish(RunRecord record, Optional<String> folder) {
    beats.cancel(false);
    if (name.isEmpty()) {
      return;
    }
    parametersKnown = true;
    Future<?> concluded =
        sender.submit(
            () -> {
              concludeInTheEnd(record, folder);
              return null;
            });
    String failure;
    try {
      concluded.get(atLast.toMillis(), TimeUnit.MILLISECONDS);
      return;
    } catch (ExecutionException e) {
      failure = FirstLine.of(requireNonNullElse(e.getCause(), e));
    } catch (TimeoutException e) {
      failure = server + " has not taken it within " + MlflowServer.seconds(atLast);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    } finally {
      sender.shutdownNow();
    }
    notices.accept("the run is not, or not whole, on the tracking server: " + failure);
  }

  private void concludeInTheEnd(RunRecord record, Optional<String> folder)
      throws TrackingException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        conclude(send(), record, folder);
        return;
      } catch (TrackingException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        Thread.sleep(BEAT_MILLIS);
      }
    }
  }

  private void conclude(MlflowServer.Run begun, RunRecord record, Optional<String> folder)
      throws TrackingException {
    server.metrics(begun, findings(record));
    Map<String, String> tags = new LinkedHashMap<>(record.versions().size() + 8);
    record.versions().forEach((software, version) -> tags.put("ebm.version." + software, version));
    tags.put("ebm.outcome", record.outcome().name());
    tags.put("ebm.exit_code", String.valueOf(record.exitCode()));
    tags.put("mlflow.note.content", record.reason());
    record.model().ifPresent(model -> tags.put("ebm.model", model));
    record.candidateVersion().ifPresent(made -> tags.put("ebm.version", String.valueOf(made)));
    folder.ifPresent(place -> tags.put("ebm.record", place));
    server.tags(begun, tags);
    if (server.upload(begun, "run.json", SettingsWriter.toJson(record), "application/json")) {
      server.upload(begun, "report.html", Report.html(record), "text/html");
    }
    boolean failed = record.outcome() == Outcome.FAILED;
    server.end(begun, failed ? "FAILED" : "FINISHED", System.currentTimeMillis());
  }

  /** Every number that was found of the models, and what the phases took. */
  private static List<TrackedMetric> findings(RunRecord record) {
    long now = System.currentTimeMillis();
    long step = record.training().map(training -> training.steps()).orElse(0L);
    List<TrackedMetric> found = new ArrayList<>();
    for (Phase phase : record.phases()) {
      found.add(
          new TrackedMetric(
              "seconds." + phase.name().replaceAll("\\W+", "_"), phase.seconds(), now, step));
    }
    record.champion().ifPresent(of -> add(found, "champion", of, now, step));
    record.candidate().ifPresent(of -> add(found, "candidate", of, now, step));
    return found;
  }

  private static void add(
      List<TrackedMetric> found, String whose, Evaluation evaluation, long now, long step) {
    Flat.leaves(
        whose,
        tree(evaluation),
        (path, leaf) -> {
          if (leaf.isNumber()) {
            String key = path.replaceFirst("\\.value$", "");
            found.add(new TrackedMetric(key, leaf.asDouble(), now, step));
          }
        });
  }
}
