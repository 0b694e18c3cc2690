package io.ebmspark.core.objective;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Score;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Map;

/**
 * Denoising score matching of an energy of {@link NoiseLevels}, each level at its own noise: {@code
 * L = Σₖ ½‖τₖ∇Eₖ(x + τₖε) − ε‖²}, {@code ε ~ N(0, I)}.
 *
 * <p>Levels share no weights, so the sum is as many trainings as there are levels. Each is weighted
 * by τₖ² (as in Song and Ermon 2019, section 4.2), so that all losses are of one size and one
 * learning rate suits them. To this the network beside the levels, where the energy has one, adds
 * the loss of {@link MixedEnergyDiscrepancy}.
 */
public record LevelDenoising(
    @Setting(
            value = "how the network beside the levels is trained, if the energy has one",
            defaultsTo = "{negatives: 4}")
        MixedEnergyDiscrepancy discrepancy)
    implements Objective {
  /** The objective with default settings of its energy discrepancy. */
  public LevelDenoising() {
    this(new MixedEnergyDiscrepancy(0.25, 0.2, 4, 1, List.of()));
  }

  @Override
  public Objective on(List<LevelInputs> levels) {
    return new LevelDenoising(discrepancy.on(levels));
  }

  @Override
  public double temperature() {
    return 1;
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    if (!(energy instanceof NoiseLevels.Prepared levels)) {
      throw new BadSettingException(
          "training.objective",
          "is level-denoising, which trains an energy of kind noise-levels; choose"
              + " denoising-score-matching for another energy");
    }
    Tensor rows = batch.rows();
    Tensor epsilon = batch.noise(Purpose.DATA_NOISE).normals(rows.scope(), 0, 1, rows.shape());
    double[] noise = levels.noise().stream().mapToDouble(Double::doubleValue).toArray();
    Tensor tau = rows.scope().upload(noise, Shapes.along(0, noise.length, 1 + rows.dimension()));
    Score score = levels.scores(rows.unsqueeze(0).add(epsilon.unsqueeze(0).mul(tau)));
    Tensor errors = score.gradients().mul(tau).sub(epsilon.unsqueeze(0)).detach();
    Tensor loss = errors.square().transpose(0, 1).sumPerRow().mul(0.5);
    Tensor energies = score.energies().slice(0, noise.length - 1, noise.length).squeeze(0);
    Losses denoising =
        new Losses(
            loss,
            Map.of(Losses.DATA_ENERGY, energies),
            null,
            (gradient, weights) ->
                score.pullBack().add(Losses.weighted(errors, 1, weights).mul(tau), gradient));
    return levels
        .discrepancy()
        .map(network -> discrepancy.losses(network, batch))
        .map(beside -> denoising.plus(beside, Map.of("discrepancy", beside.perRow().detach())))
        .orElse(denoising);
  }
}
