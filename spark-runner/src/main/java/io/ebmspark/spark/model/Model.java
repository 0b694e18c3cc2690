package io.ebmspark.spark.model;

import ai.djl.Device;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.RowEnergies;
import java.util.Arrays;
import java.util.Optional;

/**
 * A trained model.
 *
 * @param parameters the moving average of the trained vector, completed by what was measured of it
 *     ({@link Energy#settled})
 * @param calibration energies of the rows held out from training; empty if none were
 * @param baselines usual rows of its training, which explanations compare with; empty in models of
 *     release 0.1
 */
public record Model(
    ModelConfig config,
    float[] parameters,
    Optional<Calibration> calibration,
    Optional<Baselines> baselines) {
  /** A model that can explain nothing. */
  public Model(ModelConfig config, float[] parameters, Optional<Calibration> calibration) {
    this(config, parameters, calibration, Optional.empty());
  }

  /** A model trained without held-out rows. */
  public Model(ModelConfig config, float[] parameters) {
    this(config, parameters, Optional.empty());
  }

  /** A copy of what was learnt, without what was measured afterwards. */
  public float[] trained() {
    return Arrays.copyOf(parameters, config.energy().parameters(config.rowShape()).size());
  }

  /** Opens the model on a device; close it after use. */
  public RowEnergies open(Device device) {
    return new RowEnergies(config.energy(), config.rowShape(), parameters, device);
  }
}
