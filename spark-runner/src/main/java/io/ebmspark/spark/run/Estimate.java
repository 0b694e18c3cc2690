package io.ebmspark.spark.run;

import io.ebmspark.core.training.TrainingSettings;
import java.util.List;
import java.util.Locale;

/**
 * What a run needs: time by a few steps of it, memory by formula (docs/memory.md).
 *
 * @param width values per row
 * @param parameters length of the parameter vector
 * @param stepSeconds the quickest step tried
 */
public record Estimate(
    TrainingSettings training, long rows, int width, long parameters, double stepSeconds) {
  private static final long MEGABYTE = 1 << 20;
  private static final long ENGINE_MEGABYTES = 300;

  /** The advice, a line each. */
  public List<String> lines() {
    long data = 4 * rows * width;
    long vectors = 4 * parameters * 6; // θ, average, two moments, gradient, and a copy on its way
    long replay =
        training.objective().replay().map(settings -> 4L * settings.size() * width).orElse(0L);
    long sums = 8 * parameters * training.shards();
    return List.of(
        parameters + " parameters",
        String.format(
            Locale.ROOT,
            "one step took %.3g s; %d steps will take about %s",
            stepSeconds,
            training.steps(),
            duration(stepSeconds * training.steps())),
        String.format(
            Locale.ROOT,
            "cached rows take %s over all executors (spark.executor.memory × 0.6 holds them)",
            megabytes(data)),
        String.format(
            Locale.ROOT,
            "the driver needs about %s beside Spark's own (spark.driver.memory)",
            megabytes(vectors + replay + sums)),
        String.format(
            Locale.ROOT,
            "set spark.executor.memoryOverhead to at least %d m a core plus %d m",
            Math.max(64, (64 * parameters + 4L * 64 * training.blockRows() * width) / MEGABYTE),
            ENGINE_MEGABYTES));
  }

  private static String megabytes(long bytes) {
    return Math.max(1, bytes / MEGABYTE) + " MB";
  }

  /** Seconds as a person says them. */
  private static String duration(double seconds) {
    if (seconds < 120) {
      return String.format(Locale.ROOT, "%.0f s", seconds);
    }
    return seconds < 7200
        ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
        : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }
}
