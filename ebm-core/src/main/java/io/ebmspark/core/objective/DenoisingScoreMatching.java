package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Score;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.schedule.ScheduleCheck;
import io.ebmspark.core.settings.Setting;
import java.util.Map;

/**
 * Denoising score matching (Vincent 2011, equation 11): {@code L = ½‖∇E(x̃) − n/τ²‖²}, where {@code
 * x̃ = x + n}, {@code n ~ N(0, τ²I)}.
 *
 * <p>Its minimum has {@code exp(−E)} equal to the data's density smoothed by τ, at T = 1. No chain
 * is run.
 */
public record DenoisingScoreMatching(
    @Setting(
            value =
                "standard deviation τ of the noise, in model units, a schedule over training steps",
            defaultsTo = "0.1")
        Schedule noise)
    implements Objective {
  public DenoisingScoreMatching {
    ScheduleCheck.positive("noise", noise, 1);
  }

  @Override
  public void check(long steps) {
    ScheduleCheck.positive("noise", noise, steps);
  }

  @Override
  public Objective heldAt(long step) {
    return new DenoisingScoreMatching(Schedule.of(noise.at(step)));
  }

  @Override
  public double temperature() {
    return 1;
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    return losses(energy, batch, batch.rows().scope().full(noise.at(batch.step())));
  }

  /**
   * The same at given noise levels.
   *
   * @param tau a scalar, or one number per row, shaped to be multiplied with the rows
   */
  static Losses losses(PreparedEnergy energy, Batch batch, Tensor tau) {
    Tensor rows = batch.rows();
    Tensor epsilon = batch.noise(Purpose.DATA_NOISE).normals(rows.scope(), 0, 1, rows.shape());
    Score score = energy.score(rows.add(epsilon.mul(tau)));
    Tensor error = score.gradients().sub(epsilon.div(tau)).detach();
    Tensor loss = error.square().sumPerRow().mul(0.5);
    Map<String, Tensor> report = Map.of(Losses.DATA_ENERGY, score.energies());
    return new Losses(
        loss,
        report,
        null,
        (gradient, weights) -> score.pullBack().add(Losses.weighted(error, weights), gradient));
  }
}
