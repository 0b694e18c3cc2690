package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The sum of energies, {@code E(x) = ΣEᵢ(x)}: a product of densities. A network plus a weak {@link
 * Harmonic} has a density that can be normalised.
 */
public record Sum(@Setting("the energies added") List<Energy> terms) implements Combination {
  public Sum {
    Check.notEmpty("terms", terms);
    terms = List.copyOf(terms);
  }

  @Override
  public List<Energy> parts() {
    return terms;
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
  public PreparedEnergy prepare(Weights weights) {
    List<PreparedEnergy> prepared = new ArrayList<>();
    for (int i = 0; i < terms.size(); i++) {
      prepared.add(terms.get(i).prepare(weights.under("term" + i)));
    }
    return new PreparedEnergy(weights.scope()) {
      @Override
      public Tensor at(Tensor x) {
        return total(term -> term.at(x));
      }

      @Override
      public Tensor value(Tensor x) {
        return total(term -> term.value(x));
      }

      @Override
      public Tensor gradient(Tensor x) {
        return total(term -> term.gradient(x));
      }

      @Override
      public Energies energies(Tensor x) {
        return IntStream.range(0, prepared.size())
            .mapToObj(i -> energies(prepared.get(i), weights.under("term" + i), x))
            .reduce(Energies::plus)
            .orElseThrow();
      }

      @Override
      public Score score(Tensor x) {
        return prepared.stream().map(term -> term.score(x)).reduce(Score::plus).orElseThrow();
      }

      @Override
      public Slice slice(Tensor x, Tensor v) {
        return prepared.stream().map(term -> term.slice(x, v)).reduce(Slice::plus).orElseThrow();
      }

      @Override
      public OnnxValue onnx(OnnxValue x) {
        return prepared.stream().map(term -> term.onnx(x)).reduce(OnnxValue::add).orElseThrow();
      }

      private static Energies energies(PreparedEnergy term, Weights own, Tensor x) {
        return own.all().isEmpty() ? Energies.fixed(term.value(x)) : term.energies(x);
      }

      private Tensor total(Function<PreparedEnergy, Tensor> part) {
        return prepared.stream().map(part).reduce(Tensor::add).orElseThrow();
      }

      @Override
      protected Optional<EnergyScript.Expressions> script(EnergyScript script) {
        Optional<EnergyScript.Expressions> total = prepared.get(0).script(script);
        for (PreparedEnergy term : prepared.subList(1, prepared.size())) {
          Optional<EnergyScript.Expressions> one = term.script(script);
          total = total.flatMap(sum -> one.map(e -> sum.with(e, "torch.add(%s, %s)"::formatted)));
        }
        return total;
      }
    };
  }
}
