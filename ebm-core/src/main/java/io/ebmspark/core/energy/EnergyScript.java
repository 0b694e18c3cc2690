package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * An energy and its input gradient in TorchScript, from which a sampler makes a program that runs
 * whole chains in one native call.
 *
 * <p>Energies add what they need ({@link Energy#script}) and return expressions in {@code x}; those
 * of several energies combine into one program. The text depends on settings alone, never on
 * weights or data, so a program is compiled once and serves every step.
 */
public final class EnergyScript {
  private final Set<String> sources = new LinkedHashSet<>();
  private final List<Tensor> weights = new ArrayList<>();
  private final List<String> assignments = new ArrayList<>();

  private EnergyScript() {}

  /**
   * Expressions in {@code x}, (batch, …shape).
   *
   * @param energy of each row, (batch)
   * @param gradient of each row's energy in the row, of x's shape
   * @param both the same where both are wanted, which an energy may know a shorter way to
   */
  public record Expressions(String energy, String gradient, Pair both) {
    /** Expressions where nothing is saved by computing both together. */
    public Expressions(String energy, String gradient) {
      this(energy, gradient, new Pair(energy, gradient));
    }

    /** All, passed through a linear function. */
    Expressions map(UnaryOperator<String> linear) {
      return new Expressions(
          linear.apply(energy),
          linear.apply(gradient),
          new Pair(linear.apply(both.energy), linear.apply(both.gradient)));
    }

    /** All of two energies, combined by a linear function. */
    Expressions with(Expressions other, BinaryOperator<String> linear) {
      return new Expressions(
          linear.apply(energy, other.energy),
          linear.apply(gradient, other.gradient),
          new Pair(
              linear.apply(both.energy, other.both.energy),
              linear.apply(both.gradient, other.both.gradient)));
    }
  }

  /** Expressions for an energy and its gradient. */
  public record Pair(String energy, String gradient) {}

  /**
   * An energy ready to be compiled.
   *
   * @param source the methods {@code energy(self, x, p)}, {@code gradient(self, x, p)} and {@code
   *     both(self, x, p)}, a pair of the two, and those they call
   * @param weights their argument {@code p}
   */
  public record Compilable(String source, List<Tensor> weights) {}

  /** The script of an energy, if it has one. */
  static Optional<Compilable> of(PreparedEnergy energy) {
    EnergyScript script = new EnergyScript();
    return energy
        .script(script)
        .map(expressions -> new Compilable(script.source(expressions), script.weights));
  }

  private String source(Expressions expressions) {
    String pair = "(%s, %s)".formatted(expressions.both.energy, expressions.both.gradient);
    return String.join("\n", sources)
        + method("energy", "Tensor", "", expressions.energy)
        + method("gradient", "Tensor", "", expressions.gradient)
        + method("both", "Tuple[Tensor, Tensor]", String.join("", assignments), pair);
  }

  private static String method(String name, String type, String assignments, String expression) {
    return """

        def %s(self, x: Tensor, p: List[Tensor]) -> %s:
        %s  return %s"""
        .formatted(name, type, assignments, expression);
  }

  /**
   * Expressions for what a call answers with a pair, an energy and its gradient: where both are
   * wanted, it is made once.
   */
  public Pair pair(String call) {
    int number = assignments.size();
    Pair names = new Pair("energy" + number, "gradient" + number);
    assignments.add("  %s, %s = %s\n".formatted(names.energy, names.gradient, call));
    return names;
  }

  /** An expression for a weight, or a constant: a tensor that is passed in with every call. */
  public String weight(Tensor weight) {
    weights.add(weight);
    return "p[" + (weights.size() - 1) + "]";
  }

  /** An expression for a list of weights. */
  public String weights(List<Tensor> parts) {
    int first = weights.size();
    weights.addAll(parts);
    return "torch.slice(p, " + first + ", " + weights.size() + ", 1)";
  }

  /**
   * Adds methods, which expressions call as {@code (self).name(…, )}. Since several programs become
   * one, methods are named after their energy.
   */
  public void methods(String source) {
    sources.add(source);
  }
}
