package io.ebmspark.jobs;

import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/**
 * Tells how far Spark has come with work that takes longer than a few seconds, a line every ten.
 *
 * <p>It has no clock of its own: tasks that end and the executors' heartbeats, every ten seconds by
 * default, make it look at the time.
 */
final class TaskProgress extends SparkListener implements AutoCloseable {
  private static final long LINE_EVERY_NANOS = 10_000_000_000L;
  private static final String DESCRIPTION = "spark.job.description";

  private final SparkContext context;
  private final Consumer<String> lines;
  private final LongSupplier clock;

  /** The stages that run, in their order; all is touched by the listener's one thread. */
  private final Map<Integer, Stage> running = new TreeMap<>();

  private String work = "";
  private long told;

  /** A stage, and how many of its tasks have been done. */
  private static final class Stage {
    final int tasks;
    int done;

    Stage(int tasks) {
      this.tasks = tasks;
    }
  }

  TaskProgress(SparkContext context, Consumer<String> lines, LongSupplier clock) {
    this.context = context;
    this.lines = lines;
    this.clock = clock;
  }

  /** Tells it until it is closed. */
  static TaskProgress of(SparkContext context, Consumer<String> lines) {
    TaskProgress progress = new TaskProgress(context, lines, System::nanoTime);
    context.addSparkListener(progress);
    return progress;
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    Properties properties = submitted.properties();
    String now = properties == null ? "" : properties.getProperty(DESCRIPTION, "");
    if (!now.equals(work)) {
      work = now;
      told = clock.getAsLong();
    }
    running.put(submitted.stageInfo().stageId(), new Stage(submitted.stageInfo().numTasks()));
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    Stage stage = running.get(end.stageId());
    if (stage != null && end.reason() instanceof Success$) {
      stage.done++;
    }
    tell();
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    tell();
  }

  @Override
  public void onStageCompleted(SparkListenerStageCompleted completed) {
    running.remove(completed.stageInfo().stageId());
  }

  private void tell() {
    long now = clock.getAsLong();
    if (work.isEmpty() || running.isEmpty() || now - told < LINE_EVERY_NANOS) {
      return;
    }
    told = now;
    int tasks = running.values().stream().mapToInt(stage -> stage.tasks).sum();
    int done = running.values().stream().mapToInt(stage -> stage.done).sum();
    lines.accept(work + ": " + done + " of " + tasks + " tasks done");
  }

  @Override
  public void close() {
    context.removeSparkListener(this);
  }
}
