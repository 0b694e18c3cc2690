package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import java.util.function.Supplier;

/** A covariance matrix, one list per row, checked to be one; it is factored once. */
final class Covariance extends AbstractList<List<Double>> implements RandomAccess {
  private final List<List<Double>> rows;
  private final Cholesky cholesky;
  private final Supplier<double[]> whitening;

  private Covariance(List<List<Double>> rows, Cholesky cholesky) {
    this.rows = rows;
    this.cholesky = cholesky;
    this.whitening = PreparedEnergy.once(cholesky::inverse);
  }

  /**
   * Rejects a matrix that is not a covariance.
   *
   * @param component the setting it belongs to, named in the error
   * @param dimension the number of rows and columns it must have
   */
  static Covariance of(String component, List<List<Double>> matrix, int dimension) {
    Check.that(
        matrix.size() == dimension && matrix.stream().allMatch(row -> row.size() == dimension),
        component,
        "must be " + dimension + " × " + dimension + ", as mean has " + dimension + " entries");
    if (matrix instanceof Covariance known) {
      return known;
    }
    List<List<Double>> rows = matrix.stream().map(List::copyOf).toList();
    Cholesky cholesky = Cholesky.of(rows);
    Check.that(
        isSymmetric(rows) && cholesky.isPositive(rows),
        component,
        "must be symmetric and positive definite, so that it has an inverse");
    return new Covariance(rows, cholesky);
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

  @Override
  public List<Double> get(int row) {
    return rows.get(row);
  }

  @Override
  public int size() {
    return rows.size();
  }

  /** {@code log det Σ}. */
  double logDeterminant() {
    return cholesky.logDeterminant();
  }

  /**
   * The quadratic form {@code ½(x−μ)ᵀΣ⁻¹(x−μ)}, with its matrices in a scope.
   *
   * @param mean μ
   * @param whitening {@code L⁻¹} where {@code Σ = LLᵀ}
   */
  record Quadratic(Tensor mean, Tensor whitening) {
    /** The quadratic form of each row. */
    Tensor of(Tensor x) {
      TensorScope scope = x.scope();
      Tensor w = whitening.in(scope).transpose(0, 1);
      return x.sub(mean.in(scope)).matmul(w).square().sumPerRow().mul(0.5);
    }

    /** The same in ONNX. */
    OnnxValue of(OnnxValue x) {
      return x.sub(mean).matmul(whitening.transpose(0, 1)).square().sumPerRow().mul(0.5);
    }

    /** Σ⁻¹ */
    Tensor precision() {
      return whitening.transpose(0, 1).matmul(whitening);
    }
  }

  Quadratic quadratic(List<Double> mean, TensorScope scope) {
    int d = size();
    double[] mu = mean.stream().mapToDouble(Double::doubleValue).toArray();
    return new Quadratic(scope.upload(mu, d), scope.upload(whitening.get(), d, d));
  }
}
