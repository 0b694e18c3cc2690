package io.ebmspark.core.sampler;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import java.util.List;
import java.util.Optional;

/** What samplers share to keep chains within bounds. */
final class Clip {
  private Clip() {}

  /** Scales each row of a gradient whose Euclidean norm is above {@code limit} down to it. */
  static Tensor rowNorm(Tensor gradient, Optional<Double> limit) {
    if (limit.isEmpty()) {
      return gradient;
    }
    Tensor norm = gradient.square().sumPerRow().sqrt();
    Tensor factor = norm.maximum(limit.get()).pow(-1).mul(limit.get());
    long[] perRow = Shapes.along(0, gradient.size(0), gradient.dimension());
    return gradient.mul(factor.reshape(perRow));
  }

  /** Clamps every element of a state to [lowest, highest]. */
  static Tensor state(Tensor state, Optional<List<Double>> range) {
    return range.isEmpty() ? state : state.clamp(range.get().get(0), range.get().get(1));
  }

  static void check(Optional<List<Double>> clamp, Optional<Double> gradientClip) {
    clamp.ifPresent(
        range ->
            Check.that(
                range.size() == 2 && range.get(0) < range.get(1),
                "clamp",
                "must be [lowest, highest], got " + range));
    gradientClip.ifPresent(limit -> Check.positive("gradientClip", limit));
  }
}
