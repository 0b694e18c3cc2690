package io.ebmspark.core.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerTest {
  private static final double[] GRADIENTS = {0.5, -1.5, 2, 0, 0.25, -3};

  private static float[] run(Optimizer optimizer, double rate) {
    float[] parameters = {1};
    float[][] moments = new float[optimizer.momentCount()][1];
    for (int step = 0; step < GRADIENTS.length; step++) {
      optimizer.step(parameters, new float[] {(float) GRADIENTS[step]}, moments, step, rate);
    }
    return parameters;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void adamFollowsKingmaAndBa(double weightDecay) {
    double theta = 1;
    double m = 0;
    double v = 0;
    for (int n = 1; n <= GRADIENTS.length; n++) {
      double g = GRADIENTS[n - 1];
      theta -= 0.01 * weightDecay * theta;
      m = 0.9 * m + 0.1 * g;
      v = 0.99 * v + 0.01 * g * g;
      theta -=
          0.01 * (m / (1 - Math.pow(0.9, n))) / (Math.sqrt(v / (1 - Math.pow(0.99, n))) + 1e-8);
    }
    Optimizer optimizer =
        weightDecay == 0 ? new Adam(0.9, 0.99, 1e-8) : new AdamW(0.9, 0.99, 1e-8, weightDecay);
    assertThat((double) run(optimizer, 0.01)[0]).isCloseTo(theta, within(1e-6));
  }

  @Test
  void momentumFollowsPolyak() {
    double theta = 1;
    double v = 0;
    for (double g : GRADIENTS) {
      v = 0.9 * v + g;
      theta -= 0.1 * v;
    }
    assertThat((double) run(new Sgd(0.9), 0.1)[0]).isCloseTo(theta, within(1e-6));
    assertThat((double) run(new Sgd(0), 0.1)[0]).isCloseTo(1 - 0.1 * -1.75, within(1e-6));
  }

  /** Long vectors are shared out among threads. */
  @Test
  void aParameterOfManyMovesAsItWouldAlone() {
    for (Optimizer optimizer :
        List.of(new Adam(0.9, 0.99, 1e-8), new AdamW(0.9, 0.99, 1e-8, 0.1), new Sgd(0.9))) {
      int size = 300_001;
      float[] parameters = new float[size];
      float[][] moments = new float[optimizer.momentCount()][size];
      float[] gradient = new float[size];
      for (int step = 0; step < 3; step++) {
        for (int i = 0; i < size; i++) {
          gradient[i] = (float) Math.sin(i + 10 * step);
        }
        optimizer.step(parameters, gradient, moments, step, 0.01);
      }
      for (int i = 0; i < size; i += 997) {
        float[] alone = {0};
        float[][] moment = new float[optimizer.momentCount()][1];
        for (int step = 0; step < 3; step++) {
          optimizer.step(alone, new float[] {(float) Math.sin(i + 10 * step)}, moment, step, 0.01);
        }
        assertThat(parameters[i]).isEqualTo(alone[0]);
      }
    }
  }
}
