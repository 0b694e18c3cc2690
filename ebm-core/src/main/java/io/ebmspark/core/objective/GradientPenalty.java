package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Score;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Any objective plus a penalty on the steepness of the energy at the data: {@code L + w‖∇E(x)‖²}
 * (the zero-centred penalty R₁ of Mescheder et al. 2018, section 4).
 */
public record GradientPenalty(
    @Setting("the objective penalised") Objective objective,
    @Setting(value = "weight w of the squared gradient", defaultsTo = "0.01") double weight)
    implements Objective {
  public GradientPenalty {
    Check.notNegative("weight", weight);
  }

  @Override
  public void check(long steps) {
    Check.inside("objective", () -> objective.check(steps));
  }

  @Override
  public Objective heldAt(long step) {
    return new GradientPenalty(objective.heldAt(step), weight);
  }

  @Override
  public Objective on(List<LevelInputs> levels) {
    return new GradientPenalty(objective.on(levels), weight);
  }

  @Override
  public double temperature() {
    return objective.temperature();
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    Losses losses = objective.losses(energy, batch);
    // Here already: in a sum of the two, a single number would become one for each row.
    losses.require(batch, objective);
    Score score = energy.score(batch.rows());
    Tensor steepness = score.gradients().detach();
    Tensor squares = steepness.square().sumPerRow();
    Losses penalty =
        new Losses(
            squares.mul(weight),
            Map.of(),
            null,
            (gradient, weights) -> {
              Tensor v = Losses.weighted(steepness, weights).mul(2 * weight);
              score.pullBack().add(v, gradient);
            });
    return losses.plus(penalty, Map.of("squared_gradient", squares));
  }

  /** The penalty only adds to the loss. */
  @Override
  public OptionalDouble floor() {
    return objective.floor();
  }

  @Override
  public Optional<Sampler> chainSampler() {
    return objective.chainSampler();
  }

  @Override
  public Optional<ReplaySettings> replay() {
    return objective.replay();
  }
}
