package io.ebmspark.core.sampler;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;

/** The distribution fresh chains start from, in the model's units. */
public enum StartNoise {
  /** Normal with mean 0 and the given standard deviation: for standardised features. */
  NORMAL {
    @Override
    public Tensor draw(TensorScope scope, ChainNoise noise, double scale, long... shape) {
      return noise.normals(scope, 0, scale, shape);
    }
  },
  /** Uniform on (−scale, scale): for features in a range, such as pixels. */
  UNIFORM {
    @Override
    public Tensor draw(TensorScope scope, ChainNoise noise, double scale, long... shape) {
      return noise.uniforms(scope, 0, scale, shape);
    }
  };

  /** Draws the starts of {@code noise}'s chains. */
  public abstract Tensor draw(TensorScope scope, ChainNoise noise, double scale, long... shape);
}
