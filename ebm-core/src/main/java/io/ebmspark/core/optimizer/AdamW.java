package io.ebmspark.core.optimizer;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2): {@code θ ← θ − η·λθ},
 * then the {@link Adam} step.
 */
public record AdamW(
    @Setting(value = "decay β₁ of the first moment", defaultsTo = "0.9") double beta1,
    @Setting(value = "decay β₂ of the second moment", defaultsTo = "0.999") double beta2,
    @Setting(value = "ε added to the root of the second moment", defaultsTo = "1e-8")
        double epsilon,
    @Setting(value = "weight decay λ", defaultsTo = "0.01") double weightDecay)
    implements Optimizer {
  public AdamW {
    Check.notNegative("weightDecay", weightDecay);
    new Adam(beta1, beta2, epsilon);
  }

  @Override
  public int momentCount() {
    return 2;
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
    float keep = (float) (1 - learningRate * weightDecay);
    for (int i = from; i < to; i++) {
      parameters[i] *= keep;
    }
    new Adam(beta1, beta2, epsilon)
        .step(parameters, gradient, moments, step, learningRate, from, to);
  }
}
