package io.ebmspark.core.optimizer;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** Gradient descent with momentum (Polyak 1964): {@code v ← μv + g}, {@code θ ← θ − ηv}. */
public record Sgd(@Setting(value = "momentum μ", defaultsTo = "0.9") double momentum)
    implements Optimizer {
  public Sgd {
    Check.that(momentum >= 0 && momentum < 1, "momentum", "must be in [0, 1), got " + momentum);
  }

  @Override
  public int momentCount() {
    return 1;
  }

  @Override
  public void step(
      float[] parameters,
      float[] gradient,
      float[][] moments,
      long step,
      double learningRate,
      int from,
      int to) {
    float[] velocity = moments[0];
    float keep = (float) momentum;
    float rate = (float) learningRate;
    for (int i = from; i < to; i++) {
      velocity[i] = keep * velocity[i] + gradient[i];
      parameters[i] -= rate * velocity[i];
    }
  }
}
