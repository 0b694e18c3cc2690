package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.program.Sources;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A fully connected network: {@code E(x) = W_L h_{L−1} + b_L}, {@code h_l = φ(W_l h_{l−1} + b_l)},
 * {@code h_0 = x}.
 *
 * <p>Its weights are named as PyTorch names those of {@code self.network = nn.Sequential(Linear,
 * activation, Linear, …)}: {@code network.0.weight}, {@code network.2.weight} and so on.
 *
 * <p>The input gradient is written out by the chain rule in {@code mlp.py}, which records no graph:
 * a Langevin step costs one native call.
 */
public record Mlp(
    @Setting(value = "widths of the hidden layers", defaultsTo = "[64, 64]") List<Integer> hidden,
    @Setting(value = "nonlinearity between layers", defaultsTo = "silu") Activation activation)
    implements Energy, Stackable {

  private static final class Loaded {
    static final String SOURCE = Sources.text(Mlp.class, "mlp.py");
    static final Program PROGRAM = Program.compile(Activation.PROGRAM + SOURCE);
  }

  public Mlp {
    Check.notEmpty("hidden", hidden);
    hidden.forEach(width -> Check.positive("hidden", width));
    hidden = List.copyOf(hidden);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    if (shape.length != 1) {
      throw new IllegalArgumentException(
          "an mlp takes rows of one axis, got " + shape.length + " axes; leave out data.shape");
    }
    List<Parameter> parameters = new ArrayList<>();
    long in = shape[0];
    for (int layer = 0; layer <= hidden.size(); layer++) {
      long out = layer < hidden.size() ? hidden.get(layer) : 1;
      Layers.declareRenamed(parameters, name(layer), "layer" + layer, out, in);
      in = out;
    }
    return ParameterLayout.of(parameters);
  }

  @Override
  public Tensor energy(Tensor x, Weights weights) {
    return run("mlp_energy", x, weights);
  }

  @Override
  public Tensor gradient(Tensor x, Weights weights) {
    return run("mlp_gradient", x, weights.detached());
  }

  /** Written out by the chain rule, unless the weights are functions of the parameters. */
  @Override
  public Energies energies(Tensor x, Weights weights) {
    if (weights.isMapped()) {
      return Energies.automatic(energy(x, weights));
    }
    List<Tensor> parts = weights.detached().all();
    Program.Answer found =
        Loaded.PROGRAM.callKeeping(x.scope(), "mlp_energies", x, parts, activation.programName());
    return new Energies(
        found.tensors().get(0),
        (c, gradient) ->
            gradient.add(
                weights,
                Loaded.PROGRAM
                    .call(
                        c.scope(),
                        "mlp_energies_pull_back",
                        x,
                        c,
                        parts,
                        found.kept(),
                        activation.programName())
                    .get(0)));
  }

  /** Written out by the chain rule, unless the weights are functions of the parameters. */
  @Override
  public Score score(Tensor x, Weights weights) {
    if (weights.isMapped()) {
      return Score.automatic(leaf -> energy(leaf, weights), x);
    }
    return scores(x.unsqueeze(0), List.of(weights)).ofStack();
  }

  @Override
  public Score scores(Tensor x, List<Weights> each) {
    List<Tensor> parts = each.stream().flatMap(one -> one.detached().all().stream()).toList();
    long networks = each.size();
    long layers = hidden.size();
    Program.Answer found =
        Loaded.PROGRAM.callKeeping(
            x.scope(), "mlp_score", x, parts, networks, activation.programName());
    return new Score(
        found.tensors().get(0),
        found.tensors().get(1),
        (v, gradient) ->
            gradient.add(
                each.get(0),
                Loaded.PROGRAM
                    .call(v.scope(), "mlp_pull_back", x, v, layers, found.kept())
                    .get(0)));
  }

  /** Written out too: Taylor coefficients of the layers along v, and back. */
  @Override
  public Slice slice(Tensor x, Tensor v, Weights weights) {
    if (weights.isMapped()) {
      return Slice.automatic(leaf -> energy(leaf, weights), x, v);
    }
    List<Tensor> parts = weights.detached().all();
    Program.Answer found =
        Loaded.PROGRAM.callKeeping(x.scope(), "mlp_slice", x, v, parts, activation.programName());
    String back = "mlp_slice_pull_back";
    return new Slice(
        found.tensors().get(0),
        found.tensors().get(1),
        found.tensors().get(2),
        (a, b, gradient) ->
            gradient.add(
                weights, Loaded.PROGRAM.call(a.scope(), back, a, b, parts, found.kept()).get(0)));
  }

  @Override
  public Optional<EnergyScript.Expressions> script(EnergyScript script, Weights weights) {
    script.methods(Activation.PROGRAM);
    script.methods(Loaded.SOURCE);
    String arguments =
        "(x, %s, \"%s\", )".formatted(script.weights(weights.all()), activation.programName());
    return Optional.of(
        new EnergyScript.Expressions(
            "(self).mlp_energy" + arguments,
            "(self).mlp_gradient" + arguments,
            script.pair("(self).mlp_both" + arguments)));
  }

  @Override
  public OnnxValue onnx(OnnxValue x, Weights weights) {
    OnnxValue h = x;
    for (int layer = 0; layer < hidden.size(); layer++) {
      h = activation.apply(Layers.linear(h, weights, name(layer)));
    }
    return Layers.linear(h, weights, name(hidden.size())).squeeze();
  }

  /** A layer's place in {@code nn.Sequential}, where activations have the odd ones. */
  private static String name(int layer) {
    return "network." + 2 * layer;
  }

  private Tensor run(String method, Tensor x, Weights weights) {
    return Loaded.PROGRAM
        .call(x.scope(), method, x, weights.all(), activation.programName())
        .get(0);
  }
}
