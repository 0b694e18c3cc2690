package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * A mixture of normal distributions, normalised: {@code E(x) = −log Σₖ wₖ N(x; μₖ, Σₖ)}, so that
 * {@code log Z = 0} at T = 1.
 */
public record GaussianMixture(
    @Setting("weights wₖ of the modes; divided by their sum") List<Double> weights,
    @Setting("means μₖ, one list per mode") List<List<Double>> means,
    @Setting("covariances Σₖ, one matrix per mode") List<List<List<Double>>> covariances)
    implements AnalyticEnergy {

  public GaussianMixture {
    Check.notEmpty("weights", weights);
    weights.forEach(weight -> Check.positive("weights", weight));
    int modes = weights.size();
    Check.that(
        means.size() == modes, "means", "must have one entry per weight, got " + means.size());
    Check.that(
        covariances.size() == modes,
        "covariances",
        "must have one entry per weight, got " + covariances.size());
    int d = Check.notEmpty("means", means.get(0)).size();
    for (int k = 0; k < modes; k++) {
      Check.that(means.get(k).size() == d, "means", "must all have " + d + " entries");
    }
    weights = List.copyOf(weights);
    means = means.stream().map(List::copyOf).toList();
    covariances =
        covariances.stream()
            .<List<List<Double>>>map(matrix -> Covariance.of("covariances", matrix, d))
            .toList();
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    if (shape.length != 1 || shape[0] != means.get(0).size()) {
      throw new IllegalArgumentException(
          "a gaussian-mixture energy with means of "
              + means.get(0).size()
              + " entries takes rows of that width");
    }
    return ParameterLayout.EMPTY;
  }

  @Override
  public Tensor energy(Tensor x) {
    return new Prepared(x.scope()).at(x);
  }

  @Override
  public PreparedEnergy prepare(Weights weights) {
    return new Prepared(weights.scope());
  }

  @Override
  public OnnxValue onnx(OnnxValue x, Weights weights) {
    return prepare(weights).onnx(x);
  }

  private final class Prepared extends PreparedEnergy {
    private final List<Covariance.Quadratic> modes = new ArrayList<>();
    private final double[] constants;

    Prepared(TensorScope scope) {
      super(scope);
      int d = means.get(0).size();
      double total = weights.stream().mapToDouble(Double::doubleValue).sum();
      this.constants = new double[weights.size()];
      for (int k = 0; k < constants.length; k++) {
        Covariance covariance = Covariance.of("covariances", covariances.get(k), d);
        modes.add(covariance.quadratic(means.get(k), scope));
        constants[k] =
            Math.log(weights.get(k) / total)
                - 0.5 * (d * Math.log(2 * Math.PI) + covariance.logDeterminant());
      }
    }

    @Override
    public Tensor at(Tensor x) {
      List<Tensor> logDensities = new ArrayList<>();
      for (int k = 0; k < constants.length; k++) {
        logDensities.add(modes.get(k).of(x).neg().add(constants[k]).unsqueeze(1));
      }
      return Tensor.concatenate(logDensities, 1).logSumExp(1).neg();
    }

    @Override
    public Tensor value(Tensor x) {
      return at(x);
    }

    @Override
    public OnnxValue onnx(OnnxValue x) {
      List<OnnxValue> logDensities = new ArrayList<>();
      for (int k = 0; k < constants.length; k++) {
        logDensities.add(modes.get(k).of(x).neg().add(constants[k]));
      }
      return OnnxValue.columns(logDensities).logSumExp().neg();
    }
  }
}
