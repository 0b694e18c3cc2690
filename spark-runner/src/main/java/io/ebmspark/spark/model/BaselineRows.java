package io.ebmspark.spark.model;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** The usual rows that a model keeps, and the file they are in. */
public record BaselineRows(
    @Setting("number of rows") int rows,
    @Setting("number of quantiles kept of each input") int quantiles,
    @Setting("SHA-256 of baselines.safetensors, in hex") String sha256) {
  public BaselineRows {
    Check.positive("rows", rows);
    Check.positive("quantiles", quantiles);
  }
}
