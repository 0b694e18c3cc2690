package io.ebmspark.core.optimizer;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * Adam (Kingma and Ba 2015, algorithm 1): {@code m ← β₁m + (1−β₁)g}, {@code v ← β₂v + (1−β₂)g²},
 * {@code θ ← θ − η·m̂/(√v̂ + ε)} with {@code m̂ = m/(1−β₁ⁿ)}, {@code v̂ = v/(1−β₂ⁿ)}.
 */
public record Adam(
    @Setting(value = "decay β₁ of the first moment", defaultsTo = "0.9") double beta1,
    @Setting(value = "decay β₂ of the second moment", defaultsTo = "0.999") double beta2,
    @Setting(value = "ε added to the root of the second moment", defaultsTo = "1e-8")
        double epsilon)
    implements Optimizer {
  public Adam {
    Check.that(beta1 >= 0 && beta1 < 1, "beta1", "must be in [0, 1), got " + beta1);
    Check.that(beta2 >= 0 && beta2 < 1, "beta2", "must be in [0, 1), got " + beta2);
    Check.positive("epsilon", epsilon);
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
    float[] first = moments[0];
    float[] second = moments[1];
    float keepFirst = (float) beta1;
    float takeFirst = (float) (1 - beta1);
    float keepSecond = (float) beta2;
    float takeSecond = (float) (1 - beta2);
    float rate = (float) (learningRate / (1 - StrictMath.pow(beta1, step + 1.0)));
    float unbiasSecond = (float) (1 / (1 - StrictMath.pow(beta2, step + 1.0)));
    float offset = (float) epsilon;
    for (int i = from; i < to; i++) {
      float g = gradient[i];
      float m = keepFirst * first[i] + takeFirst * g;
      float v = keepSecond * second[i] + takeSecond * g * g;
      first[i] = m;
      second[i] = v;
      parameters[i] -= rate * m / ((float) Math.sqrt(v * unbiasSecond) + offset);
    }
  }
}
