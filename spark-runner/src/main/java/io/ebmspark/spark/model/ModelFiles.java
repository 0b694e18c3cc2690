package io.ebmspark.spark.model;

import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import java.util.Set;

/** The files of a model, and which tensors they hold: docs/formats.md. */
final class ModelFiles {
  static final String WEIGHTS = "model.safetensors";
  static final String STATE = "state.safetensors";
  static final String CONFIG = "config.json";
  static final String JOB = "job.yaml";
  static final String METRICS = "metrics.jsonl";
  static final String CALIBRATION = "calibration.safetensors";
  static final String BASELINES = "baselines.safetensors";
  static final String PROFILE = "profile.json";
  static final Set<String> ALL =
      Set.of(WEIGHTS, STATE, CONFIG, JOB, METRICS, CALIBRATION, BASELINES, PROFILE);

  private ModelFiles() {}

  /** {@code calibration.safetensors}. */
  static ParameterLayout energies(int rows) {
    return ParameterLayout.of(
        new Parameter("energies", new long[] {rows}, Initializer.constant(0)));
  }

  /** {@code baselines.safetensors}. */
  static ParameterLayout baselines(int rows, int quantiles, int width) {
    return ParameterLayout.of(
        new Parameter("rows", new long[] {rows, width}, Initializer.constant(0)),
        new Parameter("quantiles", new long[] {width, quantiles}, Initializer.constant(0)));
  }
}
