package io.ebmspark.core.energy;

import java.util.List;

/** The lower triangle L of a covariance {@code Σ = LLᵀ}. */
record Cholesky(double[][] lower) {
  // A pivot lost in the rounding of its own diagonal entry means a singular matrix.
  private static final double SMALLEST_PIVOT = 1e-12;

  /** Factors a square matrix; {@link #isPositive} tells whether that succeeded. */
  static Cholesky of(List<List<Double>> matrix) {
    int d = matrix.size();
    double[][] lower = new double[d][d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = matrix.get(i).get(j);
        for (int k = 0; k < j; k++) {
          sum -= lower[i][k] * lower[j][k];
        }
        lower[i][j] = i == j ? Math.sqrt(sum) : sum / lower[j][j];
      }
    }
    return new Cholesky(lower);
  }

  /** Whether the matrix that was factored is positive definite. */
  boolean isPositive(List<List<Double>> matrix) {
    for (int i = 0; i < lower.length; i++) {
      if (!(lower[i][i] * lower[i][i] > SMALLEST_PIVOT * matrix.get(i).get(i))) {
        return false;
      }
    }
    return true;
  }

  /** {@code L⁻¹}, row-major: {@code ‖L⁻¹(x−μ)‖² = (x−μ)ᵀΣ⁻¹(x−μ)}. */
  double[] inverse() {
    int d = lower.length;
    double[] inverse = new double[d * d];
    for (int column = 0; column < d; column++) {
      for (int row = column; row < d; row++) {
        double sum = row == column ? 1 : 0;
        for (int k = column; k < row; k++) {
          sum -= lower[row][k] * inverse[k * d + column];
        }
        inverse[row * d + column] = sum / lower[row][row];
      }
    }
    return inverse;
  }

  /** {@code log det Σ}. */
  double logDeterminant() {
    double sum = 0;
    for (int i = 0; i < lower.length; i++) {
      sum += 2 * Math.log(lower[i][i]);
    }
    return sum;
  }
}
