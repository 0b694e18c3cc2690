package io.ebmspark.spark.check;

import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.profile.DataProfile;
import java.util.Optional;

/**
 * The model in use, which new rows are compared with.
 *
 * @param profile of the rows it was trained on; models of earlier releases have none
 */
public record Champion(Model model, Optional<DataProfile> profile) {
  /**
   * The features to compare: those it was trained on and, if it has a profile, those left out
   * because they were constant.
   */
  Features features() {
    Features features = model.config().features().features();
    return profile.map(known -> known.toFeatures().inZone(features.zone())).orElse(features);
  }

  /**
   * The reference for new rows' energies, ascending: the held-out rows' energies, or else the
   * stored quantiles.
   */
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
