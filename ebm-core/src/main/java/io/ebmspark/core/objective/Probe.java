package io.ebmspark.core.objective;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;

/** Random directions v with mean 0 and covariance I, one a row: {@code E[vᵀHv] = tr H}. */
public enum Probe {
  /** Each element ±1; vᵀHv is exact where H is diagonal. */
  RADEMACHER {
    @Override
    void shape(float[] row) {
      for (int i = 0; i < row.length; i++) {
        row[i] = row[i] < 0 ? -1 : 1;
      }
    }
  },
  /** Uniform on the sphere of radius √d. */
  SPHERE {
    @Override
    void shape(float[] row) {
      double squares = 0;
      for (float value : row) {
        squares += (double) value * value;
      }
      double factor = Math.sqrt(row.length / squares);
      for (int i = 0; i < row.length; i++) {
        row[i] *= (float) factor;
      }
    }
  },
  /** Standard normal. */
  GAUSSIAN {
    @Override
    void shape(float[] row) {}
  };

  /** Turns standard normals into a direction, in place. */
  abstract void shape(float[] row);

  /**
   * The directions of a batch.
   *
   * @param number which of several draws
   * @return the shape of the batch's rows
   */
  Tensor draw(Batch batch, int number) {
    Tensor rows = batch.rows();
    ChainNoise noise = batch.noise(Purpose.PROBE);
    float[] values = noise.normals(rows.scope(), number, 1, rows.shape()).toFloats();
    int width = values.length / batch.indices().length;
    float[] row = new float[width];
    for (int from = 0; from < values.length; from += width) {
      System.arraycopy(values, from, row, 0, width);
      shape(row);
      System.arraycopy(row, 0, values, from, width);
    }
    return rows.scope().upload(values, rows.shape());
  }
}
