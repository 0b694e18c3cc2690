package io.ebmspark.spark.run;

import io.ebmspark.spark.train.TrainingNeeds;
import java.util.List;
import java.util.Locale;

/**
 * What a run needs: time, measured on a few steps, and memory, by the formulas of docs/memory.md.
 *
 * @param stepSeconds duration of the fastest step tried
 */
public record Estimate(TrainingNeeds needs, double stepSeconds) {
  private static final long MEGABYTE = 1 << 20;
  private static final long ENGINE_MEGABYTES = 300;

  /** The advice, line by line. */
  public List<String> lines() {
    long steps = needs.training().steps();
    return List.of(
        needs.parameters() + " parameters",
        String.format(
            Locale.ROOT,
            "one step took %.3g s; %d steps will take about %s",
            stepSeconds,
            steps,
            duration(stepSeconds * steps)),
        String.format(
            Locale.ROOT,
            "cached rows take %s over all executors (spark.executor.memory × 0.6 holds them)",
            megabytes(needs.cachedBytes())),
        String.format(
            Locale.ROOT,
            "the driver needs about %s besides Spark's own (spark.driver.memory); the results of a"
                + " step take %s of them",
            megabytes(needs.driverBytes()),
            megabytes(needs.resultBytes())),
        String.format(
            Locale.ROOT,
            "set spark.executor.memoryOverhead to at least %d m per core plus %d m",
            needs.nativeBytesPerTask() / MEGABYTE,
            ENGINE_MEGABYTES));
  }

  private static String megabytes(long bytes) {
    return Math.max(1, bytes / MEGABYTE) + " MB";
  }

  /** A duration for people to read. */
  private static String duration(double seconds) {
    if (seconds < 120) {
      return String.format(Locale.ROOT, "%.0f s", seconds);
    }
    return seconds < 7200
        ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
        : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }
}
