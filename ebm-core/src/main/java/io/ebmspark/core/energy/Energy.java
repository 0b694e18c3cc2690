package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxException;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Family;
import io.ebmspark.core.settings.SettingsWriter;
import java.util.Optional;

/**
 * An energy: {@code p(x) ∝ exp(−E(x)/T)}, lower is likelier.
 *
 * <p>Implementations hold settings, never state: what is learnt is declared by {@link #parameters}
 * and handed back as {@link Weights}. One instance is shared by all threads.
 */
@Family(packageName = "io.ebmspark.core.energy")
public interface Energy {
  /**
   * Declares what is learnt; nothing, unless overridden.
   *
   * @param shape the shape of one row, such as {@code [2]} or {@code [1, 28, 28]}
   * @throws IllegalArgumentException if the energy cannot take rows of that shape
   */
  default ParameterLayout parameters(long... shape) {
    return ParameterLayout.EMPTY;
  }

  /**
   * The energy of each row.
   *
   * @param x (batch, …shape)
   * @return (batch), computed by {@link Tensor} operations only
   */
  Tensor energy(Tensor x, Weights weights);

  /**
   * The gradient of each row's energy with respect to the row, not differentiable further: what a
   * sampler follows. By automatic differentiation, unless an energy knows better.
   *
   * @param x (batch, …shape)
   * @return the shape of {@code x}, in its scope
   */
  default Tensor gradient(Tensor x, Weights weights) {
    Weights frozen = weights.detached();
    return PreparedEnergy.automatic(leaf -> energy(leaf, frozen.in(leaf.scope())), x);
  }

  /**
   * Energies with the way back to the parameters, which losses made of them take. By automatic
   * differentiation, unless an energy knows better.
   *
   * @param x (batch, …shape)
   */
  default Energies energies(Tensor x, Weights weights) {
    return Energies.automatic(energy(x, weights));
  }

  /**
   * Energies and gradients with the way back to the parameters, which losses made of the gradient
   * take. By automatic differentiation, unless an energy knows better.
   *
   * @param x (batch, …shape)
   */
  default Score score(Tensor x, Weights weights) {
    return Score.automatic(leaf -> energy(leaf, weights), x);
  }

  /**
   * Energies and their first two derivatives along directions, with the way back to the parameters.
   * By automatic differentiation, unless an energy knows better.
   *
   * @param x (batch, …shape)
   * @param v (batch, …shape)
   */
  default Slice slice(Tensor x, Tensor v, Weights weights) {
    return Slice.automatic(leaf -> energy(leaf, weights), x, v);
  }

  /**
   * This energy at given weights, ready to be evaluated many times. An energy that can precompute
   * something from its settings or weights overrides this.
   *
   * @param weights of the layout that {@link #parameters} returns, in training, or {@link
   *     #settled}; their scope owns whatever is created
   */
  default PreparedEnergy prepare(Weights weights) {
    return PreparedEnergy.asWritten(this, weights);
  }

  /**
   * Declares all that a trained model holds: what is learnt, and then what {@link #settle} adds;
   * nothing more, unless overridden.
   *
   * @param shape the shape of one row
   */
  default ParameterLayout settled(long... shape) {
    return parameters(shape);
  }

  /** How many rows {@link #settle} asks for; none, unless overridden. */
  default int rowsToSettle() {
    return 0;
  }

  /**
   * Completes trained parameters by what is measured rather than trained; nothing, unless
   * overridden.
   *
   * @param parameters of the layout {@link #parameters}
   * @param rows a sample of the training rows, packed row-major: at least {@link #rowsToSettle} of
   *     them, or all there are
   * @param shape the shape of one row
   * @return of the layout {@link #settled}; {@code parameters} itself if nothing is added
   */
  default float[] settle(float[] parameters, float[] rows, long... shape) {
    return parameters;
  }

  /**
   * The energy and its gradient as TorchScript, if they can be expressed in it: chains then run in
   * native code, many steps per call. None, unless overridden.
   *
   * @param script collects what the expressions need
   * @param weights not recorded for gradients
   */
  default Optional<EnergyScript.Expressions> script(EnergyScript script, Weights weights) {
    return Optional.empty();
  }

  /**
   * The energy written in ONNX, by which a trained model is exported: the operations of {@link
   * #energy} on values that are not computed yet. Its gradient is written from it. None, unless
   * overridden.
   *
   * @param x (batch, …shape)
   * @return (batch)
   * @throws OnnxException if it cannot be expressed in it
   */
  default OnnxValue onnx(OnnxValue x, Weights weights) {
    throw OnnxException.noForm(SettingsWriter.name(this));
  }
}
