package io.ebmspark.spark.model;

import ai.djl.Device;
import io.ebmspark.core.model.RowEnergies;

/**
 * A trained model.
 *
 * @param parameters the moving average of the trained vector
 */
public record Model(ModelConfig config, float[] parameters) {
  /** Puts the model to work on a device; close it after use. */
  public RowEnergies open(Device device) {
    return new RowEnergies(config.energy(), config.rowShape(), parameters, device);
  }
}
