package io.ebmspark.spark.model;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** The rows that were held out from a model's training, and the file of their energies. */
public record HeldOutRows(
    @Setting("number of rows held out") int rows,
    @Setting("share of all possible rows, by their second hash, that was held out") double share,
    @Setting("SHA-256 of calibration.safetensors, in hex") String sha256) {
  public HeldOutRows {
    Check.positive("rows", rows);
    Check.between("share", share, 0, 1);
  }
}
