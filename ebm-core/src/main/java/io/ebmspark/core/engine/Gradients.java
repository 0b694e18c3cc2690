package io.ebmspark.core.engine;

import ai.djl.engine.EngineException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reverse-mode gradients through {@code torch.autograd.grad} in a TorchScript program.
 *
 * <p>DJL's own ways are not used: its gradient collector serves one thread per JVM, and its
 * backward accumulates into a {@code .grad} that threads share and that leaks at second order
 * (docs/engine.md). Nothing here accumulates anywhere: gradients are values.
 */
public final class Gradients {
  /** What libtorch says of an operation that cannot be differentiated once more. */
  private static final Pattern LACKING =
      Pattern.compile("derivative for (\\S+) is not implemented");

  private Gradients() {}

  private static final class Loaded {
    static final Program PROGRAM = Program.load(Gradients.class, "gradients.py");
  }

  /**
   * The gradient of a sum of outputs with respect to each input.
   *
   * @param output any shape; its elements are summed
   * @param inputs tensors that require gradients and {@code output} was computed from; one it does
   *     not depend on gets zeros
   * @return one tensor per input, of its shape, in {@code output}'s scope, not differentiable
   *     further
   * @throws NotDifferentiableException if {@code output} depends on no input differentiably
   */
  public static List<Tensor> of(Tensor output, List<Tensor> inputs) {
    return of(output, inputs, false);
  }

  /** As {@link #of(Tensor, List)} for one input. */
  public static Tensor of(Tensor output, Tensor input) {
    return of(output, List.of(input), false).get(0);
  }

  /** The gradient for one input, itself differentiable: what second-order objectives need. */
  public static Tensor differentiable(Tensor output, Tensor input) {
    return of(output, List.of(input), true).get(0);
  }

  private static List<Tensor> of(Tensor output, List<Tensor> inputs, boolean createGraph) {
    List<Tensor> gradients = computed(output, inputs, createGraph);
    if (gradients.isEmpty() && !inputs.isEmpty()) {
      throw new NotDifferentiableException(
          "the output does not depend differentiably on any input: was it computed outside Tensor"
              + " operations?");
    }
    return gradients;
  }

  private static List<Tensor> computed(Tensor output, List<Tensor> inputs, boolean createGraph) {
    try {
      return Loaded.PROGRAM.call(output.scope(), "gradients", output, inputs, createGraph);
    } catch (EngineException e) {
      Matcher lacking = LACKING.matcher(String.valueOf(e.getMessage()));
      throw lacking.find() ? new NoDerivativeException(lacking.group(1)) : e;
    }
  }
}
