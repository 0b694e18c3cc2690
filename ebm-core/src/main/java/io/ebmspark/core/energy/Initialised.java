package io.ebmspark.core.energy;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * An energy with another initialisation of its weight matrices, the parameters named {@code
 * …weight}.
 */
public record Initialised(
    @Setting("the energy whose weights are initialised differently") Energy energy,
    @Setting("the initialisation rule") Rule rule,
    @Setting(value = "gain g of the rule", defaultsTo = "1") double gain)
    implements Combination {

  /** Rules for a weight (out, …in); all have mean 0. */
  public enum Rule {
    /** Uniform, variance {@code 2g²/(in + out)} (Glorot and Bengio 2010, equation 16). */
    XAVIER_UNIFORM {
      @Override
      Initializer of(double in, double out, double gain) {
        return Initializer.uniform(gain * Math.sqrt(6 / (in + out)));
      }
    },
    /** Normal, variance {@code 2g²/(in + out)} (Glorot and Bengio 2010, equation 12). */
    XAVIER_NORMAL {
      @Override
      Initializer of(double in, double out, double gain) {
        return Initializer.normal(gain * Math.sqrt(2 / (in + out)));
      }
    },
    /** Normal, variance {@code 2g²/in}: for rectifiers (He et al. 2015, equation 10). */
    KAIMING_NORMAL {
      @Override
      Initializer of(double in, double out, double gain) {
        return Initializer.normal(gain * Math.sqrt(2 / in));
      }
    },
    /** Normal, variance {@code g²/in}: for SELU (LeCun et al. 1998; Klambauer et al. 2017). */
    LECUN_NORMAL {
      @Override
      Initializer of(double in, double out, double gain) {
        return Initializer.normal(gain / Math.sqrt(in));
      }
    };

    abstract Initializer of(double in, double out, double gain);
  }

  public Initialised {
    Check.positive("gain", gain);
  }

  @Override
  public List<Energy> parts() {
    return List.of(energy);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    return restarted(energy.parameters(shape));
  }

  @Override
  public ParameterLayout settled(long... shape) {
    return restarted(energy.settled(shape));
  }

  private ParameterLayout restarted(ParameterLayout layout) {
    List<Parameter> parameters = new ArrayList<>();
    for (Parameter parameter : layout.parameters()) {
      boolean matrix = parameter.name().endsWith("weight") && parameter.shape().length > 1;
      parameters.add(matrix ? restarted(parameter) : parameter);
    }
    return ParameterLayout.of(parameters);
  }

  private Parameter restarted(Parameter weight) {
    long[] shape = weight.shape();
    double in = (double) weight.size() / shape[0];
    double kernel = in / shape[1]; // elements of a convolution's kernel; 1 otherwise
    return weight.startingAs(rule.of(in, shape[0] * kernel, gain));
  }

  @Override
  public PreparedEnergy prepare(Weights weights) {
    return energy.prepare(weights);
  }

  @Override
  public int rowsToSettle() {
    return energy.rowsToSettle();
  }

  @Override
  public float[] settle(float[] trained, float[] rows, long... shape) {
    return energy.settle(trained, rows, shape);
  }
}
