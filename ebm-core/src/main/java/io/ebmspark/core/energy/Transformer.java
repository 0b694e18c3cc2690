package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Program.Answer;
import io.ebmspark.core.engine.Program.Kept;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.program.Sources;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A pre-norm transformer (Vaswani et al. 2017; norms as in Xiong et al. 2020) over the tokens of a
 * row: {@code h ← h + attention(norm(h))}, {@code h ← h + mlp(norm(h))}, the tokens' mean, one
 * number.
 *
 * <p>A row of shape [length, features] is a sequence of that many tokens. A row of shape [channels,
 * height, width] is an image, cut into square patches, one token each (Dosovitskiy et al. 2021).
 * Positions are learnt. There is no dropout and no batch statistics.
 *
 * <p>{@link #onnx} has it as it reads above; {@code transformer.py} is what runs, and with {@code
 * transformer_score.py} and {@code transformer_slice.py} has its derivatives written out by the
 * chain rule.
 */
public record Transformer(
    @Setting(value = "width of a token's state", defaultsTo = "32") int width,
    @Setting(value = "attention heads; a divisor of width", defaultsTo = "4") int heads,
    @Setting(value = "number of blocks", defaultsTo = "2") int blocks,
    @Setting(value = "width of a block's hidden layer", defaultsTo = "64") int hidden,
    @Setting(value = "side of an image's patches, in pixels", defaultsTo = "4") int patch,
    @Setting(value = "nonlinearity of a block's hidden layer", defaultsTo = "gelu")
        Activation activation)
    implements Energy {
  private static final double POSITION_DEVIATION = 0.02;
  private static final String FOLDED = "transformer_folded";

  private static final class Loaded {
    static final String SOURCE = Sources.text(Transformer.class, "transformer.py");
    static final Program PROGRAM =
        Program.compile(
            Activation.PROGRAM
                + SOURCE
                + Sources.text(Transformer.class, "transformer_score.py")
                + Sources.text(Transformer.class, "transformer_slice.py"));
  }

  public Transformer {
    Check.positive("width", width);
    Check.positive("heads", heads);
    Check.that(width % heads == 0, "heads", "must divide width " + width + " evenly, got " + heads);
    Check.positive("blocks", blocks);
    Check.positive("hidden", hidden);
    Check.positive("patch", patch);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    long tokens;
    long features;
    if (shape.length == 2) {
      tokens = shape[0];
      features = shape[1];
    } else if (shape.length == 3 && shape[1] % patch == 0 && shape[2] % patch == 0) {
      tokens = (shape[1] / patch) * (shape[2] / patch);
      features = shape[0] * patch * patch;
    } else {
      throw new IllegalArgumentException(
          "a transformer takes rows of shape [length, features], or [channels, height, width] with"
              + " height and width multiples of patch "
              + patch
              + ", got "
              + Arrays.toString(shape)
              + "; set data.shape or energy.patch");
    }
    List<Parameter> parameters = new ArrayList<>();
    Layers.declare(parameters, "embedding", width, features);
    parameters.add(
        new Parameter(
            "position", new long[] {tokens, width}, Initializer.normal(POSITION_DEVIATION)));
    for (int block = 0; block < blocks; block++) {
      String name = "block" + block + ".";
      Layers.declareNorm(parameters, name + "norm1", width);
      Layers.declare(parameters, name + "attention", 3L * width, width);
      Layers.declare(parameters, name + "projection", width, width);
      Layers.declareNorm(parameters, name + "norm2", width);
      Layers.declare(parameters, name + "inner", hidden, width);
      Layers.declare(parameters, name + "outer", width, hidden);
    }
    Layers.declareNorm(parameters, "norm", width);
    Layers.declare(parameters, "output", 1, width);
    return ParameterLayout.of(parameters);
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    return call(x.scope(), "transformer_energy", arguments(x, folded(weights, x.scope()))).get(0);
  }

  @Override
  public Tensor gradient(Tensor x, Weights weights) {
    Kept folded = folded(weights.detached(), x.scope());
    return call(x.scope(), "transformer_gradient", arguments(x, folded)).get(0);
  }

  /** Written out by the chain rule, unless the weights are functions of the parameters. */
  @Override
  public Energies energies(Tensor x, Weights weights) {
    if (weights.isMapped()) {
      return Energies.automatic(energy(x, weights));
    }
    List<Tensor> parts = weights.detached().all();
    Kept folded = folded(weights.detached(), x.scope());
    Answer found = callKeeping(x, "transformer_energies", arguments(x, folded));
    Kept kept = found.kept();
    String back = "transformer_energies_pull_back";
    String name = activation.programName();
    return new Energies(
        found.tensors().get(0),
        (c, gradient) ->
            gradient.add(
                weights, call(c.scope(), back, c, parts, folded, kept, (long) heads, name).get(0)));
  }

  /** Written out too: tangents along v, on the way forward and back. */
  @Override
  public Score score(Tensor x, Weights weights) {
    if (weights.isMapped()) {
      return Score.automatic(leaf -> energy(leaf, weights), x);
    }
    List<Tensor> parts = weights.detached().all();
    Kept folded = folded(weights.detached(), x.scope());
    Answer found = callKeeping(x, "transformer_score", arguments(x, folded));
    Kept kept = found.kept();
    String back = "transformer_pull_back";
    return new Score(
        found.tensors().get(0),
        found.tensors().get(1),
        (v, gradient) ->
            gradient.add(
                weights,
                call(v.scope(), back, v, parts, folded, kept, (long) heads, (long) patch).get(0)));
  }

  /** Written out too: two derivatives along v, on the way forward and back. */
  @Override
  public Slice slice(Tensor x, Tensor v, Weights weights) {
    if (weights.isMapped()) {
      return Slice.automatic(leaf -> energy(leaf, weights), x, v);
    }
    List<Tensor> parts = weights.detached().all();
    Kept folded = folded(weights.detached(), x.scope());
    String name = activation.programName();
    Answer found =
        callKeeping(x, "transformer_slice", x, v, folded, (long) heads, (long) patch, name);
    Kept kept = found.kept();
    String back = "transformer_slice_pull_back";
    return new Slice(
        found.tensors().get(0),
        found.tensors().get(1),
        found.tensors().get(2),
        (a, b, gradient) ->
            gradient.add(
                weights, call(a.scope(), back, a, b, parts, folded, kept, (long) heads).get(0)));
  }

  @Override
  public Optional<EnergyScript.Expressions> script(EnergyScript script, Weights weights) {
    script.methods(Activation.PROGRAM);
    script.methods(Loaded.SOURCE);
    String arguments =
        String.format(
            Locale.ROOT,
            "(x, %s, %d, %d, \"%s\", )",
            script.weights(call(weights.scope(), FOLDED, weights.all(), (long) heads)),
            heads,
            patch,
            activation.programName());
    return Optional.of(
        new EnergyScript.Expressions(
            "(self).transformer_energy" + arguments,
            "(self).transformer_gradient" + arguments,
            script.pair("(self).transformer_both" + arguments)));
  }

  /** The weights that layers multiply with. */
  private Kept folded(Weights weights, TensorScope scope) {
    return Loaded.PROGRAM.keep(scope, FOLDED, weights.all(), (long) heads);
  }

  private Object[] arguments(Tensor x, Kept folded) {
    return new Object[] {x, folded, (long) heads, (long) patch, activation.programName()};
  }

  private static List<Tensor> call(TensorScope scope, String method, Object... arguments) {
    return Loaded.PROGRAM.call(scope, method, arguments);
  }

  private static Answer callKeeping(Tensor x, String method, Object... arguments) {
    return Loaded.PROGRAM.callKeeping(x.scope(), method, arguments);
  }

  @Override
  public OnnxValue onnx(OnnxValue x, Weights weights) {
    OnnxValue tokens = x.shape().length == 3 ? patches(x) : x;
    OnnxValue h = Layers.linear(tokens, weights, "embedding").add(weights.get("position"));
    for (int block = 0; block < blocks; block++) {
      Weights layers = weights.under("block" + block);
      h = h.add(attention(Layers.norm(h, layers, "norm1"), layers));
      OnnxValue inner = Layers.linear(Layers.norm(h, layers, "norm2"), layers, "inner");
      h = h.add(Layers.linear(activation.apply(inner), layers, "outer"));
    }
    OnnxValue pooled = Layers.norm(h, weights, "norm").sum(1).mul(1.0 / h.shape()[0]);
    return Layers.linear(pooled, weights, "output").squeeze();
  }

  private OnnxValue patches(OnnxValue x) {
    long channels = x.shape()[0];
    long down = x.shape()[1] / patch;
    long across = x.shape()[2] / patch;
    return x.reshape(channels, down, patch, across, patch)
        .transpose(1, 2)
        .transpose(3, 4)
        .transpose(2, 3)
        .reshape(down * across, channels * patch * patch);
  }

  private OnnxValue attention(OnnxValue h, Weights layers) {
    OnnxValue all = Layers.linear(h, layers, "attention");
    OnnxValue query = perHead(all.slice(2, 0, width));
    OnnxValue key = perHead(all.slice(2, width, 2L * width));
    OnnxValue value = perHead(all.slice(2, 2L * width, 3L * width));
    double scale = 1 / Math.sqrt((double) width / heads);
    OnnxValue attended = query.matmul(key.transpose(2, 3)).mul(scale).softmax().matmul(value);
    OnnxValue joined = attended.transpose(1, 2).reshape(h.shape()[0], width);
    return Layers.linear(joined, layers, "projection");
  }

  private OnnxValue perHead(OnnxValue h) {
    return h.reshape(h.shape()[0], heads, width / heads).transpose(1, 2);
  }
}
