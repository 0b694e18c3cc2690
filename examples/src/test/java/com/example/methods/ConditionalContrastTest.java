package com.example.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.objective.Batch;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ConditionalContrastTest {
  private static final int ROWS = 50_000;
  private static final double NOISE = 0.7;

  @Test
  void lossIsTheFormulas() {
    try (TensorScope scope = TensorScope.open()) {
      Batch batch = normalRows(scope);
      float[] x = batch.rows().toFloats();
      float[] e = batch.noise(Purpose.DATA_NOISE).normals(scope, 0, 1, ROWS, 1).toFloats();
      double[] losses = losses(batch, 2);
      for (int i = 0; i < 1_000; i++) {
        double copy = x[i] + NOISE * e[i];
        double gap = 2 * (x[i] * (double) x[i] - copy * copy) / 2;
        assertThat(losses[i]).isCloseTo(Math.log1p(Math.exp(gap)), within(1e-5));
      }
    }
  }

  /** Normal rows of variance 1 have the energy ½x²: any other stiffness has a higher mean loss. */
  @Test
  void itIsLeastWhereTheEnergyIsTheRowsOwn() {
    try (TensorScope scope = TensorScope.open()) {
      Batch batch = normalRows(scope);
      double[] right = losses(batch, 1);
      for (double stiffness : new double[] {0.8, 1.25}) {
        double[] wrong = losses(batch, stiffness);
        double mean = 0;
        double square = 0;
        for (int i = 0; i < ROWS; i++) {
          double difference = wrong[i] - right[i];
          mean += difference / ROWS;
          square += difference * difference / ROWS;
        }
        // Row by row, so the error is that of the differences' mean; three of them.
        double error = Math.sqrt((square - mean * mean) / ROWS);
        assertThat(mean).as("stiffness %s", stiffness).isGreaterThan(3 * error);
      }
    }
  }

  private static Batch normalRows(TensorScope scope) {
    long[] indices = LongStream.range(0, ROWS).toArray();
    Tensor rows =
        ChainNoise.of(0, Purpose.SYNTHETIC_DATA, 0, indices).normals(scope, 0, 1, ROWS, 1);
    return new Batch(rows, indices, null, 0, 0);
  }

  private static double[] losses(Batch batch, double stiffness) {
    TensorScope scope = batch.rows().scope();
    Weights none = Weights.of(ParameterLayout.EMPTY, scope.zeros(0));
    return new ConditionalContrast(NOISE)
        .losses(new Harmonic(stiffness).prepare(none), batch)
        .perRow()
        .toDoubles();
  }
}
