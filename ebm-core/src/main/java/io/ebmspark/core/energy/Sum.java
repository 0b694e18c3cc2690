package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/**
 * The sum of energies, {@code E(x) = ΣEᵢ(x)}: a product of densities. A network plus a weak {@link
 * Harmonic} has a density that can be normalised.
 */
public record Sum(@Setting("the energies added") List<Energy> terms) implements Energy {
  public Sum {
    Check.notEmpty("terms", terms);
    terms = List.copyOf(terms);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    ParameterLayout layout = ParameterLayout.EMPTY;
    for (int i = 0; i < terms.size(); i++) {
      layout = layout.and("term" + i, terms.get(i).parameters(shape));
    }
    return layout;
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    Tensor total = terms.get(0).energy(x, weights.under("term0"));
    for (int i = 1; i < terms.size(); i++) {
      total = total.add(terms.get(i).energy(x, weights.under("term" + i)));
    }
    return total;
  }

  @Override
  public Tensor gradient(Tensor x, Weights weights) {
    Tensor total = terms.get(0).gradient(x, weights.under("term0"));
    for (int i = 1; i < terms.size(); i++) {
      total = total.add(terms.get(i).gradient(x, weights.under("term" + i)));
    }
    return total;
  }

  @Override
  public Optional<EnergyScript.Expressions> script(EnergyScript script, Weights weights) {
    Optional<EnergyScript.Expressions> total = terms.get(0).script(script, weights.under("term0"));
    for (int i = 1; i < terms.size(); i++) {
      Optional<EnergyScript.Expressions> term =
          terms.get(i).script(script, weights.under("term" + i));
      total = total.flatMap(sum -> term.map(one -> sum.with(one, "torch.add(%s, %s)"::formatted)));
    }
    return total;
  }
}
