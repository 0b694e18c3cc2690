package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@code transformer.py} writes out, against the transformer as it is defined and automatic
 * differentiation of that, in double precision.
 */
class TransformerTest {
  private static final int ROWS = 5;

  static Stream<Arguments> transformers() {
    List<Arguments> cases = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      cases.add(Arguments.of(new Transformer(6, 3, 2, 5, 1, activation), new long[] {4, 3}));
    }
    cases.add(Arguments.of(new Transformer(5, 1, 3, 7, 1, Activation.GELU), new long[] {3, 2}));
    cases.add(Arguments.of(new Transformer(4, 4, 1, 3, 1, Activation.SILU), new long[] {1, 1}));
    cases.add(Arguments.of(new Transformer(6, 2, 1, 4, 2, Activation.GELU), new long[] {2, 4, 6}));
    cases.add(Arguments.of(new Transformer(8, 2, 2, 3, 3, Activation.TANH), new long[] {1, 6, 3}));
    return cases.stream();
  }

  /** As the papers have it, with every token's features side by side. */
  private record Defined(Transformer settings) implements Energy {
    @Override
    public Tensor energy(Tensor x, Weights weights) {
      Tensor tokens = x.dimension() == 4 ? patches(x) : x;
      Tensor h = Layers.linear(tokens, weights, "embedding").add(weights.get("position"));
      for (int block = 0; block < settings.blocks(); block++) {
        Weights layers = weights.under("block" + block);
        h = h.add(attention(norm(h, layers, "norm1"), layers));
        Tensor inner = Layers.linear(norm(h, layers, "norm2"), layers, "inner");
        h = h.add(Layers.linear(settings.activation().apply(inner), layers, "outer"));
      }
      Tensor pooled = norm(h, weights, "norm").sum(1).div((double) h.size(1));
      return Layers.linear(pooled, weights, "output").squeeze(1);
    }

    /** (batch, channels, height, width) to (batch, patches, channels · patch²). */
    private Tensor patches(Tensor x) {
      int patch = settings.patch();
      long down = x.size(2) / patch;
      long across = x.size(3) / patch;
      return x.reshape(x.size(0), x.size(1), down, patch, across, patch)
          .transpose(1, 2) // batch, down, channels, patch, across, patch
          .transpose(3, 4) // batch, down, channels, across, patch, patch
          .transpose(2, 3) // batch, down, across, channels, patch, patch
          .reshape(x.size(0), down * across, x.size(1) * patch * patch);
    }

    /** Scaled dot-product attention of every token to every token (Vaswani et al., equation 1). */
    private Tensor attention(Tensor h, Weights layers) {
      int width = settings.width();
      List<Tensor> parts =
          Layers.linear(h, layers, "attention").split(2, width, width, width).stream()
              .map(this::perHead)
              .toList();
      double scale = 1 / Math.sqrt((double) width / settings.heads());
      Tensor scores = parts.get(0).matmul(parts.get(1).transpose(2, 3)).mul(scale);
      Tensor attended = scores.softmax(3).matmul(parts.get(2));
      Tensor joined = attended.transpose(1, 2).reshape(h.size(0), h.size(1), width);
      return Layers.linear(joined, layers, "projection");
    }

    private Tensor perHead(Tensor h) {
      int width = settings.width() / settings.heads();
      return h.reshape(h.size(0), h.size(1), settings.heads(), width).transpose(1, 2);
    }

    private static Tensor norm(Tensor x, Weights weights, String name) {
      return x.layerNorm(weights.get(name + ".gain"), weights.get(name + ".bias"));
    }
  }

  @ParameterizedTest
  @MethodSource("transformers")
  void agreesWithItsDefinitionAndAutomaticDifferentiation(Transformer energy, long[] shape) {
    ParameterLayout layout = energy.parameters(shape);
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      // Gains that are not 1 and offsets that are not 0, as after some training.
      Tensor flat =
          scope
              .upload(layout.initialise(3), layout.size())
              .add(normals(scope, 6, layout.size()).mul(0.2))
              .leaf();
      Weights weights = Weights.of(layout, flat);
      PreparedEnergy written = energy.prepare(weights);
      PreparedEnergy defined = new Defined(energy).prepare(weights);
      Tensor x = normals(scope, 1, batch(shape));
      Tensor v = normals(scope, 2, batch(shape));

      equal(written.at(x), defined.at(x));
      equal(written.gradient(x), defined.gradient(x));

      Energies energies = written.energies(x);
      Energies exact = defined.energies(x);
      equal(energies.perRow(), exact.perRow());
      Tensor c = normals(scope, 5, ROWS);
      equal(energies.pullBack(c, flat), exact.pullBack(c, flat));

      Score score = written.score(x);
      Score truth = defined.score(x);
      equal(score.energies(), truth.energies());
      equal(score.gradients(), truth.gradients());
      equal(score.pullBack(v, flat), truth.pullBack(v, flat));

      Slice slice = written.slice(x, v);
      Slice third = defined.slice(x, v);
      equal(slice.energies(), third.energies());
      equal(slice.slopes(), third.slopes());
      equal(slice.curvatures(), third.curvatures());
      Tensor a = normals(scope, 3, ROWS);
      Tensor b = normals(scope, 4, ROWS);
      equal(slice.pullBack(a, b, flat), third.pullBack(a, b, flat));
    }
  }

  private static long[] batch(long[] shape) {
    long[] batch = new long[shape.length + 1];
    batch[0] = ROWS;
    System.arraycopy(shape, 0, batch, 1, shape.length);
    return batch;
  }

  private static Tensor normals(TensorScope scope, long seed, long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    return scope.upload(values, shape);
  }

  private static void equal(Tensor found, Tensor exact) {
    assertThat(found.shape()).isEqualTo(exact.shape());
    double[] expected = exact.toDoubles();
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    assertThat(found.toDoubles()).containsExactly(expected, within(1e-12 * (1 + largest)));
  }
}
