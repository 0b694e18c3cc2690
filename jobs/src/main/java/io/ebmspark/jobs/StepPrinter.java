package io.ebmspark.jobs;

import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.TrainingListener;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.ValidationMetrics;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows training as it goes: a bar on a terminal, a line every few seconds elsewhere. */
final class StepPrinter implements TrainingListener, AutoCloseable {
  private static final long LINE_EVERY_NANOS = 5_000_000_000L;

  private final PrintStream out;
  private final long steps;
  private final @Nullable ProgressBar bar;

  /** The end of the first step, which takes longer than others and is no measure of them. */
  private long begun;

  private long lastLine;
  private boolean hasBegun;
  private long rows;
  private long firstStep;

  StepPrinter(PrintStream out, long steps, boolean terminal) {
    this.out = out;
    this.steps = steps;
    this.bar =
        terminal
            ? new ProgressBarBuilder()
                .setTaskName("training")
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.ASCII)
                .build()
            : null;
  }

  @Override
  public void onStep(StepMetrics metrics) {
    long now = System.nanoTime();
    boolean first = !hasBegun;
    if (first) {
      hasBegun = true;
      begun = now;
      firstStep = metrics.step() + 1;
      double seconds =
          (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime()) * 1e-3;
      out.printf(Locale.ROOT, "first step %.1f s after the process started%n", seconds);
    }
    rows += first ? 0 : metrics.rows();
    if (bar != null) {
      bar.stepTo(metrics.step() + 1);
      bar.setExtraMessage(values(metrics));
      return;
    }
    long step = metrics.step() + 1;
    if (first || now - lastLine >= LINE_EVERY_NANOS || step == steps) {
      lastLine = now;
      double seconds = (now - begun) * 1e-9;
      String pace =
          step <= firstStep
              ? ""
              : String.format(
                  Locale.ROOT,
                  "  %.0f rows/s  %.0f s left",
                  rows / seconds,
                  seconds / (step - firstStep) * (steps - step));
      out.printf(Locale.ROOT, "step %d of %d  %s%s%n", step, steps, values(metrics), pace);
    }
  }

  @Override
  public void onResume(long step) {
    out.println("continuing from the checkpoint of step " + step);
  }

  @Override
  public void onValidation(ValidationMetrics metrics) {
    String text =
        String.format(
            Locale.ROOT,
            "after step %d: loss on validation rows %.4g%s",
            metrics.step(),
            metrics.loss(),
            metrics.bestStep() == metrics.step()
                ? ", the lowest so far"
                : String.format(
                    Locale.ROOT,
                    ", lowest at step %d: %.4g",
                    metrics.bestStep(),
                    metrics.bestLoss()));
    if (bar == null) {
      out.println(text);
    } else {
      bar.setExtraMessage(text);
    }
  }

  @Override
  public void onRollback(DivergedException cause, TrainingState state) {
    firstStep = Math.min(firstStep, state.step());
    out.printf(
        Locale.ROOT,
        "%s%nrolled back to step %d, learning rate × %s%n",
        cause.getMessage(),
        state.step(),
        state.learningRateFactor());
  }

  private static String values(StepMetrics metrics) {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "loss %.4g", metrics.loss()));
    Double data = metrics.report().get(Losses.DATA_ENERGY);
    Double samples = metrics.report().get(Losses.SAMPLE_ENERGY);
    if (data != null) {
      text.append(String.format(Locale.ROOT, "  energy of data %.4g", data));
    }
    if (samples != null) {
      text.append(String.format(Locale.ROOT, "  of samples %.4g", samples));
    }
    return text.append(String.format(Locale.ROOT, "  gradient %.3g", metrics.gradientNorm()))
        .toString();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
