package io.ebmspark.core.training;

/**
 * How the loss on validation rows has gone so far: part of a run's state.
 *
 * @param best the whole state at which the mean loss was lowest; never changed
 * @param loss the mean loss there
 * @param reference the loss of each row at the last improvement beyond noise
 * @param sinceImprovement measurements since then
 */
public record ValidationProgress(
    TrainingState best, double loss, float[] reference, int sinceImprovement) {
  /** The progress after one more measurement: the losses of the rows at a state. */
  ValidationProgress with(TrainingState state, float[] losses) {
    double mean = mean(losses);
    boolean isLowest = mean < loss;
    boolean improves = improves(losses);
    return new ValidationProgress(
        isLowest ? state.withValidation(null).copy() : best,
        isLowest ? mean : loss,
        improves ? losses : reference,
        improves ? 0 : sinceImprovement + 1);
  }

  /** The same after the run has gone back. */
  ValidationProgress afterRollbacks(int count) {
    return new ValidationProgress(best.afterRollbacks(count), loss, reference, sinceImprovement);
  }

  /** The progress at the first measurement. */
  static ValidationProgress of(TrainingState state, float[] losses) {
    return new ValidationProgress(state.withValidation(null).copy(), mean(losses), losses, 0);
  }

  /**
   * Whether losses are lower than the reference by more than one standard error of the rows'
   * differences. Rows and noise are the same, so most of the spread of losses cancels; what is left
   * says how much the mean would differ on other rows.
   */
  private boolean improves(float[] losses) {
    int rows = losses.length;
    double[] lower = new double[rows];
    double mean = 0;
    for (int i = 0; i < rows; i++) {
      lower[i] = (double) reference[i] - losses[i];
      mean += lower[i] / rows;
    }
    double squares = 0;
    for (double by : lower) {
      squares += (by - mean) * (by - mean);
    }
    return mean > Math.sqrt(squares / (rows - 1.0) / rows);
  }

  /** The mean, added up in order. */
  static double mean(float[] losses) {
    double sum = 0;
    for (float loss : losses) {
      sum += loss;
    }
    return sum / losses.length;
  }
}
