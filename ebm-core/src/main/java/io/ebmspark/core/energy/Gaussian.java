package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The normal distribution's energy {@code E(x) = ½(x−μ)ᵀΣ⁻¹(x−μ)}. */
public record Gaussian(
    @Setting("mean μ, one number per feature") List<Double> mean,
    @Setting("covariance Σ, one list per row; symmetric and positive definite")
        List<List<Double>> covariance)
    implements AnalyticEnergy {

  public Gaussian {
    Check.notEmpty("mean", mean);
    covariance = Covariance.of("covariance", covariance, mean.size());
    mean = List.copyOf(mean);
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
    return new Prepared(x.scope()).at(x);
  }

  @Override
  public Tensor gradient(Tensor x, Weights weights) {
    return new Prepared(x.scope()).gradient(x);
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
    private final Covariance.Quadratic quadratic;
    private final Supplier<Tensor> precision;

    Prepared(TensorScope scope) {
      super(scope);
      this.quadratic = Covariance.of("covariance", covariance, mean.size()).quadratic(mean, scope);
      this.precision = once(quadratic::precision);
    }

    @Override
    public Tensor at(Tensor x) {
      return quadratic.of(x);
    }

    @Override
    public Tensor value(Tensor x) {
      return at(x);
    }

    @Override
    public Tensor gradient(Tensor x) {
      TensorScope scope = x.scope();
      return x.sub(quadratic.mean().in(scope)).matmul(precision.get().in(scope));
    }

    @Override
    public OnnxValue onnx(OnnxValue x) {
      return quadratic.of(x);
    }

    @Override
    protected Optional<EnergyScript.Expressions> script(EnergyScript script) {
      String centred = "torch.sub(x, " + script.weight(quadratic.mean()) + ")";
      String gradient = "torch.mm(" + centred + ", " + script.weight(precision.get()) + ")";
      String form = "torch.sum(torch.mul(" + gradient + ", " + centred + "), [1])";
      return Optional.of(new EnergyScript.Expressions("torch.mul(" + form + ", 0.5)", gradient));
    }
  }
}
