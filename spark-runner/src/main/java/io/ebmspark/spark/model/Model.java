package io.ebmspark.spark.model;

import ai.djl.Device;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.RowEnergies;
import java.util.Optional;

/**
 * A trained model.
 *
 * @param parameters the moving average of the trained vector
 * @param calibration by the rows held out from training; empty where none were
 */
public record Model(ModelConfig config, float[] parameters, Optional<Calibration> calibration) {
  /** A model of which no rows were held out. */
  public Model(ModelConfig config, float[] parameters) {
    this(config, parameters, Optional.empty());
  }

  /** Puts the model to work on a device; close it after use. */
  public RowEnergies open(Device device) {
    return new RowEnergies(config.energy(), config.rowShape(), parameters, device);
  }
}
