package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;

/** The normal distribution's energy {@code E(x) = ½(x−μ)ᵀΣ⁻¹(x−μ)}. */
public record Gaussian(
    @Setting("mean μ, one number a feature") List<Double> mean,
    @Setting("covariance Σ, one list a row; symmetric and positive definite")
        List<List<Double>> covariance)
    implements AnalyticEnergy {

  public Gaussian {
    int dimension = Check.notEmpty("mean", mean).size();
    Check.that(
        covariance.size() == dimension
            && covariance.stream().allMatch(row -> row.size() == dimension),
        "covariance",
        "must be " + dimension + " × " + dimension + ", as mean has " + dimension + " entries");
    Check.that(
        isSymmetric(covariance) && isPositiveDefinite(covariance),
        "covariance",
        "must be symmetric and positive definite, so that it has an inverse");
    mean = List.copyOf(mean);
    covariance = covariance.stream().map(List::copyOf).toList();
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    if (shape.length != 1 || shape[0] != mean.size()) {
      throw new IllegalArgumentException(
          "a gaussian energy with a mean of " + mean.size() + " entries takes rows of that width");
    }
    return ParameterLayout.EMPTY;
  }

  @Override
  public Tensor energy(Tensor x) {
    int d = mean.size();
    Tensor mu = x.scope().upload(mean.stream().mapToDouble(Double::doubleValue).toArray(), d);
    Tensor whitening = x.scope().upload(inverseCholesky(), d, d);
    return x.sub(mu).matmul(whitening.transpose(0, 1)).square().sumPerRow().mul(0.5);
  }

  /** {@code L⁻¹} where {@code Σ = LLᵀ}, so that {@code ‖L⁻¹(x−μ)‖² = (x−μ)ᵀΣ⁻¹(x−μ)}. */
  private double[] inverseCholesky() {
    int d = mean.size();
    double[][] lower = cholesky(covariance);
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

  private static boolean isSymmetric(List<List<Double>> matrix) {
    for (int i = 0; i < matrix.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (!matrix.get(i).get(j).equals(matrix.get(j).get(i))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isPositiveDefinite(List<List<Double>> matrix) {
    double[][] lower = cholesky(matrix);
    for (int i = 0; i < lower.length; i++) {
      // A pivot lost in the rounding of its own diagonal entry is a singular matrix.
      if (!(lower[i][i] * lower[i][i] > 1e-12 * matrix.get(i).get(i))) {
        return false;
      }
    }
    return true;
  }

  private static double[][] cholesky(List<List<Double>> matrix) {
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
    return lower;
  }
}
