package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An energy's input gradient in TorchScript, from which a sampler makes a program that runs whole
 * chains in one native call.
 *
 * <p>Energies add what they need ({@link Energy#gradientScript}) and answer an expression in {@code
 * x}; the expressions of several energies join into one. The text depends on settings alone, never
 * on weights or data, so a program is compiled once and serves every step.
 */
public final class GradientScript {
  private final Set<String> sources = new LinkedHashSet<>();
  private final List<Tensor> weights = new ArrayList<>();

  private GradientScript() {}

  /**
   * A gradient ready to be compiled.
   *
   * @param source the method {@code gradient(self, x, p)} and those it calls
   * @param weights its argument {@code p}
   */
  public record Compilable(String source, List<Tensor> weights) {}

  /** The script of an energy, if it has one. */
  public static Optional<Compilable> of(Energy energy, Weights weights) {
    GradientScript script = new GradientScript();
    return energy
        .gradientScript(script, weights.detached())
        .map(expression -> new Compilable(script.source(expression), script.weights));
  }

  private String source(String expression) {
    return String.join("\n", sources)
        + "\ndef gradient(self, x: Tensor, p: List[Tensor]) -> Tensor:\n  return "
        + expression
        + "\n";
  }

  /** An expression for a weight, or a constant: a tensor that is handed in with every call. */
  public String weight(Tensor weight) {
    weights.add(weight);
    return "p[" + (weights.size() - 1) + "]";
  }

  /**
   * An expression that calls a method with x, a list of weights and a text.
   *
   * @param source the program the method stands in; its methods are named after their energy, since
   *     several programs become one
   */
  public String call(String source, String method, List<Tensor> parts, String text) {
    sources.add(source);
    int first = weights.size();
    weights.addAll(parts);
    return String.format(
        "(self).%s(x, torch.slice(p, %d, %d, 1), \"%s\", )", method, first, weights.size(), text);
  }
}
