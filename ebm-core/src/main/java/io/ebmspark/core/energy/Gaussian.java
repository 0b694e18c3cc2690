package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/** The normal distribution's energy {@code E(x) = ½(x−μ)ᵀΣ⁻¹(x−μ)}. */
public record Gaussian(
    @Setting("mean μ, one number a feature") List<Double> mean,
    @Setting("covariance Σ, one list a row; symmetric and positive definite")
        List<List<Double>> covariance)
    implements AnalyticEnergy {

  public Gaussian {
    Check.notEmpty("mean", mean);
    Cholesky.check("covariance", covariance, mean.size());
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
    return quadratic(x, mean, Cholesky.of(covariance));
  }

  @Override
  public Tensor gradient(Tensor x, Weights weights) {
    return x.sub(mean(x.scope())).matmul(precision(x.scope()));
  }

  @Override
  public Optional<EnergyScript.Expressions> script(EnergyScript script, Weights weights) {
    TensorScope scope = weights.flat().scope();
    String centred = "torch.sub(x, " + script.weight(mean(scope)) + ")";
    String gradient = "torch.mm(" + centred + ", " + script.weight(precision(scope)) + ")";
    String quadratic = "torch.sum(torch.mul(" + gradient + ", " + centred + "), [1])";
    return Optional.of(new EnergyScript.Expressions("torch.mul(" + quadratic + ", 0.5)", gradient));
  }

  private Tensor mean(TensorScope scope) {
    return scope.upload(mean.stream().mapToDouble(Double::doubleValue).toArray(), mean.size());
  }

  /** Σ⁻¹ */
  private Tensor precision(TensorScope scope) {
    Tensor whitening = scope.upload(Cholesky.of(covariance).inverse(), mean.size(), mean.size());
    return whitening.transpose(0, 1).matmul(whitening);
  }

  /** {@code ½(x−μ)ᵀΣ⁻¹(x−μ)} of each row. */
  static Tensor quadratic(Tensor x, List<Double> mean, Cholesky cholesky) {
    int d = mean.size();
    Tensor mu = x.scope().upload(mean.stream().mapToDouble(Double::doubleValue).toArray(), d);
    Tensor whitening = x.scope().upload(cholesky.inverse(), d, d);
    return x.sub(mu).matmul(whitening.transpose(0, 1)).square().sumPerRow().mul(0.5);
  }
}
