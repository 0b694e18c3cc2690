package io.ebmspark.core.training;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.Setting;
import java.util.Locale;
import java.util.Optional;

/**
 * A loss in context: the mean loss of a trained energy compared with others, on the same rows with
 * the same noise.
 *
 * @param gaussian the loss of a Gaussian with the rows' mean and covariance, widened by the best of
 *     several σ²·I; absent if the objective does not match the score of one energy, or rows are
 *     wider than {@link HeldOutLoss#WIDEST_GAUSSIAN}
 */
public record LossComparison(
    @Setting("rows compared on") int rows,
    @Setting("mean loss of the trained energy") double trained,
    @Setting("mean loss of the energy before training") double untrained,
    @Setting("mean loss of a Gaussian fitted to the rows, where the score of one energy is matched")
        Optional<Double> gaussian) {
  /** The most rows to compare on. */
  public static final int MOST_ROWS = 2_048;

  /**
   * Compares losses, at the noise of the last step.
   *
   * @param rows packed row-major, in the model's units
   * @param indices the rows' places in the whole table, which their noise follows from
   * @param parameters the trained vector
   * @return empty for objectives that run chains, whose loss only compares an energy with itself
   */
  public static Optional<LossComparison> of(
      Energy energy,
      long[] shape,
      TrainingSettings settings,
      float[] parameters,
      float[] rows,
      long[] indices) {
    HeldOutLoss loss =
        new HeldOutLoss(
            settings.objective(),
            rows,
            indices,
            settings.seed(),
            Math.max(0, settings.steps() - 1));
    if (!loss.tells(energy, shape, parameters)) {
      return Optional.empty();
    }
    float[] untrained = energy.parameters(shape).initialise(settings.seed());
    return Optional.of(
        new LossComparison(
            indices.length,
            HeldOutLoss.mean(loss.perRow(energy, shape, parameters)),
            HeldOutLoss.mean(loss.perRow(energy, shape, untrained)),
            loss.ofGaussian()));
  }

  /** One line for people to read. */
  public String describe() {
    String of =
        String.format(Locale.ROOT, "loss %.4g, of the untrained energy %.4g", trained, untrained);
    return of
        + gaussian.map(loss -> String.format(Locale.ROOT, ", of a Gaussian %.4g", loss)).orElse("")
        + String.format(Locale.ROOT, " (on %d rows, with the same noise)", rows);
  }
}
