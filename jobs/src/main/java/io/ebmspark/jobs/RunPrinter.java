package io.ebmspark.jobs;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.ebmspark.core.training.BestStep;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.LossComparison;
import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.core.training.ValidationMetrics;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.run.RunListener;
import java.io.Console;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Shows a run as it goes: a line for each of its parts, and its steps while it trains. */
final class RunPrinter implements RunListener, AutoCloseable {
  private final PrintStream out;
  private final long started = System.nanoTime();
  private long steps;
  private volatile @Nullable StepPrinter printer;

  RunPrinter(PrintStream out) {
    this.out = out;
  }

  /** Prints a line. */
  void line(String text) {
    out.println(Printable.of(text));
  }

  /** Prints a formatted line, independent of locale. */
  @FormatMethod
  void format(@FormatString String format, Object... values) {
    // Of what is made printable only then, columns would not be aligned.
    Object[] printable =
        Arrays.stream(values)
            .map(value -> value instanceof String text ? Printable.of(text) : value)
            .toArray();
    line(String.format(Locale.ROOT, format, printable));
  }

  /** Prints how far something has come, unless steps are shown, which tell it themselves. */
  void progress(String text) {
    if (printer == null) {
      line(text);
    }
  }

  /** Says where the result is, and how long the whole run took. */
  void wrote(String path) {
    format("wrote %s after %.1f s", path, (System.nanoTime() - started) * 1e-9);
  }

  @Override
  public void onTraining(TrainingSettings settings) {
    steps = settings.steps();
  }

  @Override
  public void onTable(ShardedTable table) {
    format(
        "%d rows of %d features in %d shards%s%s",
        table.rows(),
        table.features().width(),
        table.shards().getNumPartitions(),
        table.rowsDropped() > 0 ? ", " + table.rowsDropped() + " incomplete rows dropped" : "",
        table.valuesImputed() > 0 ? ", " + table.valuesImputed() + " missing values filled" : "");
  }

  @Override
  public void onPhase(String phase, double seconds) {
    closeSteps();
    format("%-18s %.1f s", phase, seconds);
  }

  @Override
  public void onComparison(LossComparison comparison) {
    line(comparison.describe());
  }

  @Override
  public void onNotice(String text) {
    line(text);
  }

  @Override
  public void onStep(StepMetrics metrics) {
    steps().onStep(metrics);
  }

  @Override
  public void onResume(long step) {
    steps().onResume(step);
  }

  @Override
  public void onValidation(ValidationMetrics metrics) {
    steps().onValidation(metrics);
  }

  @Override
  public void onBest(BestStep best) {
    closeSteps();
    line(best.describe());
  }

  @Override
  public void onRollback(DivergedException cause, TrainingState state) {
    steps().onRollback(cause, state);
  }

  private StepPrinter steps() {
    StepPrinter known = printer;
    if (known == null) {
      known = new StepPrinter(out, steps, isOnTerminal());
      printer = known;
    }
    return known;
  }

  /**
   * Whether someone is watching; since Java 22 there may be a console without a terminal, which
   * says so.
   */
  private static boolean isOnTerminal() {
    return Optional.ofNullable(System.console()).filter(RunPrinter::isTerminal).isPresent();
  }

  private static boolean isTerminal(Console console) {
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true; // before Java 22 a console is a terminal
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private void closeSteps() {
    StepPrinter known = printer;
    if (known != null) {
      known.close();
      printer = null;
    }
  }

  @Override
  public void close() {
    closeSteps();
  }
}
