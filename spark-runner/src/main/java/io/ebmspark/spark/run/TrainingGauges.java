package io.ebmspark.spark.run;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.ValidationMetrics;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToDoubleFunction;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;
import org.jspecify.annotations.Nullable;

/**
 * A training run in Spark's own metrics system, as the driver's source {@code ebm}: whatever sink a
 * cluster has set up (Prometheus, JMX, Graphite) shows the run's last step, while it runs. One that
 * begins while others are under way is {@code 2_ebm}, {@code 3_ebm} and so on.
 */
final class TrainingGauges implements Source, RunListener, AutoCloseable {
  private static final String NAME = "ebm";

  /** Names of the runs under way. */
  private static final Set<String> TAKEN = ConcurrentHashMap.newKeySet();

  private final String name = freeName();
  private final MetricRegistry registry = new MetricRegistry();
  private final AtomicReference<@Nullable StepMetrics> step = new AtomicReference<>();
  private final AtomicReference<@Nullable ValidationMetrics> validation = new AtomicReference<>();
  private volatile long rollbacks;

  /** Registers the gauges. */
  TrainingGauges() {
    of("step", StepMetrics::step);
    of("loss", StepMetrics::loss);
    of("gradient_norm", StepMetrics::gradientNorm);
    of("learning_rate", StepMetrics::learningRate);
    of("rows_per_second", metrics -> metrics.rows() / metrics.seconds());
    Gauge<Double> measured =
        () -> {
          ValidationMetrics last = validation.get();
          return last == null ? Double.NaN : last.loss();
        };
    registry.register("validation_loss", measured);
    Gauge<Long> count = () -> rollbacks;
    registry.register("rollbacks", count);
    SparkEnv.get().metricsSystem().registerSource(this);
  }

  /** One that begins like no other: with a source Spark removes all whose names begin like its. */
  private static String freeName() {
    String name = NAME;
    for (int other = 2; !TAKEN.add(name); other++) {
      name = other + "_" + NAME;
    }
    return name;
  }

  /** A number of the last step; NaN before the first. */
  private void of(String gauged, ToDoubleFunction<StepMetrics> value) {
    Gauge<Double> gauge =
        () -> {
          StepMetrics last = step.get();
          return last == null ? Double.NaN : value.applyAsDouble(last);
        };
    registry.register(gauged, gauge);
  }

  @Override
  public String sourceName() {
    return name;
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }

  @Override
  public void onStep(StepMetrics metrics) {
    step.set(metrics);
  }

  @Override
  public void onValidation(ValidationMetrics metrics) {
    validation.set(metrics);
  }

  @Override
  public void onRollback(DivergedException cause, TrainingState state) {
    rollbacks = state.rollbacks();
  }

  @Override
  public void close() {
    try {
      SparkEnv.get().metricsSystem().removeSource(this);
    } finally {
      TAKEN.remove(name);
    }
  }
}
