package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * An energy whose every weight matrix W is divided by its largest singular value (Miyato et al.
 * 2018): a network of such layers and 1-Lipschitz activations is 1-Lipschitz, which keeps its
 * energies from drifting apart.
 *
 * <p>The singular value is found by power iteration from a fixed start, a function of W alone that
 * is differentiated through: nothing is carried from step to step, so any worker computes the same
 * bits. It approaches the true value from below, closer with more iterations. It applies to
 * parameters named {@code …weight} with two axes or more, seen as (out, everything else).
 */
public record SpectralNorm(
    @Setting("the energy whose weights are normalised") Energy energy,
    @Setting(value = "power iterations", defaultsTo = "10") int iterations)
    implements Combination {
  /** Keeps matrices of zeros finite; far below the fourth power of any other's singular value. */
  private static final double TINY = 1e-30;

  public SpectralNorm {
    Check.positive("iterations", iterations);
  }

  @Override
  public List<Energy> parts() {
    return List.of(energy);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    return energy.parameters(shape);
  }

  @Override
  public PreparedEnergy prepare(Weights weights) {
    // Weights do not change while a sampler runs: they are normalised once for it.
    Supplier<PreparedEnergy> frozen =
        PreparedEnergy.once(() -> energy.prepare(weights.detached().map(this::normalised)));
    return new PreparedEnergy(weights.scope()) {
      @Override
      public Tensor at(Tensor x) {
        // A graph to the weights serves one backward pass only.
        return energy.prepare(weights.in(x.scope()).map(SpectralNorm.this::normalised)).at(x);
      }

      @Override
      public Tensor value(Tensor x) {
        return frozen.get().value(x);
      }

      @Override
      public Tensor gradient(Tensor x) {
        return frozen.get().gradient(x);
      }

      @Override
      public OnnxValue onnx(OnnxValue x) {
        return frozen.get().onnx(x);
      }

      @Override
      protected Optional<EnergyScript.Expressions> script(EnergyScript script) {
        return frozen.get().script(script);
      }
    };
  }

  private Tensor normalised(String name, Tensor weight) {
    if (!name.endsWith("weight") || weight.dimension() < 2) {
      return weight;
    }
    Tensor matrix = weight.flattenRows();
    Tensor transposed = matrix.transpose(0, 1);
    Tensor v = unit(start(matrix));
    for (int i = 0; i < iterations; i++) {
      v = unit(transposed.matmul(matrix.matmul(v)));
    }
    Tensor largest = matrix.matmul(v).square().sum().add(TINY).sqrt();
    return weight.div(largest);
  }

  /** No singular vector met in practice is orthogonal to (cos 1, cos 2, …). */
  private static Tensor start(Tensor matrix) {
    double[] values = new double[(int) matrix.size(1)];
    for (int i = 0; i < values.length; i++) {
      values[i] = StrictMath.cos(i + 1.0);
    }
    return matrix.scope().upload(values, values.length, 1);
  }

  private static Tensor unit(Tensor v) {
    return v.div(v.square().sum().add(TINY).sqrt());
  }
}
