package io.ebmspark.core.training;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Energy;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Measures the loss on validation rows, with the same random numbers every time: those of the run's
 * last step, at which what is scheduled has come to its end. Where rows are few, each is measured
 * with several random numbers, which would otherwise hide what is learnt. Computed in this process,
 * in blocks of fixed rows.
 *
 * @param rows packed row-major, in the model's units; two or more
 * @param weights what each row counts for, 1 on average; null if all count the same
 * @param threads that work through the blocks; their number changes no bit
 */
public record Validation(float[] rows, float @Nullable [] weights, int threads) {
  /** Rows that all count the same. */
  public Validation(float[] rows, int threads) {
    this(rows, null, threads);
  }

  /** The most values of all rows together, so that measurements stay short and memory small. */
  public static final int MOST_VALUES = 2_000_000;

  /** Fewer rows than this are measured several times. */
  private static final int WORTH_MEASURING = 2048;

  private static final int MOST_TIMES = 16;

  /** The most rows of a width that are worth setting aside. */
  public static int mostRows(ValidationSettings settings, int width) {
    return Math.max(2, Math.min(settings.most(), MOST_VALUES / width));
  }

  /**
   * The loss of each row at the average of a state, times its weight.
   *
   * @throws DivergedException if one is not finite
   */
  float[] losses(Energy energy, long[] shape, TrainingSettings settings, TrainingState state) {
    int count = rows.length / Shapes.width(shape);
    int times = times(count);
    float[] repeated = new float[times * rows.length];
    for (int i = 0; i < times; i++) {
      System.arraycopy(rows, 0, repeated, i * rows.length, rows.length);
    }
    HeldOutLoss loss =
        new HeldOutLoss(
            settings.objective(),
            repeated,
            LongStream.range(0, (long) times * count).toArray(),
            settings.seed(),
            settings.steps() - 1);
    double[] all = loss.perRow(energy, shape, state.average(), threads);
    float[] losses = new float[count];
    int bad = 0;
    for (int i = 0; i < count; i++) {
      double sum = 0;
      for (int at = i; at < all.length; at += count) {
        sum += all[at];
      }
      double weight = weights == null ? 1 : weights[i];
      losses[i] = (float) (weight * sum / times);
      bad += Float.isFinite(losses[i]) ? 0 : 1;
    }
    if (bad > 0) {
      throw DivergedException.ofTraining(
          state.step(),
          "the loss is not finite on " + bad + " of " + losses.length + " validation rows");
    }
    return losses;
  }

  private int times(int count) {
    int affordable = Math.min(WORTH_MEASURING / count, MOST_VALUES / rows.length);
    return Math.max(1, Math.min(MOST_TIMES, affordable));
  }
}
