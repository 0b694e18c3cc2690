package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of a loss in the whole vector of parameters, to which the energies it is made of add
 * theirs: each in its own parts, so that nothing is as long as the vector but the vector.
 */
public final class ParameterGradient {
  private final Tensor parameters;

  /** Null while nothing was added; changed in place only once it was made here. */
  private @Nullable Tensor sum;

  private boolean madeHere;

  private ParameterGradient(Tensor parameters) {
    this.parameters = parameters;
  }

  /**
   * The gradient that is made of what is added to it.
   *
   * @param parameters the whole vector
   * @return of its shape, not differentiable further
   */
  public static Tensor of(Tensor parameters, Consumer<ParameterGradient> parts) {
    ParameterGradient gradient = new ParameterGradient(parameters);
    parts.accept(gradient);
    return gradient.sum == null ? parameters.scope().zeros(parameters.count()) : gradient.sum;
  }

  /**
   * Adds a gradient in the parts of some weights.
   *
   * @param weights of the layout of the whole vector
   * @param own the gradients in {@link Weights#all}, flat, in order
   */
  public void add(Weights weights, Tensor own) {
    if (own.count() == parameters.count()) {
      add(own);
      return;
    }
    if (!madeHere || sum == null) {
      Tensor zeros = own.scope().zeros(parameters.count());
      sum = sum == null ? zeros : sum.add(zeros);
      madeHere = true;
    }
    sum.addInPlace(weights.start(), own);
  }

  /** Adds the gradient of a sum of outputs that were computed differentiably in the parameters. */
  public void addOf(Tensor outputs) {
    add(Gradients.of(outputs, parameters));
  }

  /** Adds a gradient in all parameters, which is not changed. */
  public void add(Tensor whole) {
    sum = sum == null ? whole : sum.add(whole);
    madeHere = false;
  }
}
