package io.ebmspark.spark.check;

import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.profile.DataProfile;
import java.util.Optional;

/**
 * The model in use, which new rows are held against.
 *
 * @param profile of the rows it was trained on; models of earlier releases have none
 */
public record Champion(Model model, Optional<DataProfile> profile) {
  /** The features it was trained on, and columns of one value that it was spared. */
  Features features() {
    return profile.map(DataProfile::toFeatures).orElse(model.config().features().features());
  }

  /** The energies that those of new rows are compared with, ascending: of rows held out, if any. */
  double[] referenceEnergies() {
    if (model.calibration().isEmpty()) {
      return model.config().percentiles().toArray();
    }
    float[] heldOut = model.calibration().get().energies();
    double[] energies = new double[heldOut.length];
    for (int i = 0; i < energies.length; i++) {
      energies[i] = heldOut[i];
    }
    return energies;
  }
}
