package io.ebmspark.core.onnx;

import io.ebmspark.core.onnx.OnnxGraph.Constant;
import io.ebmspark.core.onnx.OnnxGraph.ElementType;
import io.ebmspark.core.onnx.OnnxGraph.Node;
import io.ebmspark.core.program.Archive;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** A graph of ONNX operators in TorchScript's words; those that only derivatives need have none. */
final class TorchSource {
  private static final Map<String, String> CALLS =
      Map.ofEntries(
          Map.entry("Add", "torch.add"),
          Map.entry("Sub", "torch.sub"),
          Map.entry("Mul", "torch.mul"),
          Map.entry("Div", "torch.div"),
          Map.entry("Neg", "torch.neg"),
          Map.entry("Exp", "torch.exp"),
          Map.entry("Log", "torch.log"),
          Map.entry("Sqrt", "torch.sqrt"),
          Map.entry("Erf", "torch.erf"),
          Map.entry("Sigmoid", "torch.sigmoid"),
          Map.entry("Tanh", "torch.tanh"),
          Map.entry("Softplus", "torch.softplus"),
          Map.entry("Relu", "torch.relu"),
          Map.entry("Elu", "torch.elu"),
          Map.entry("Selu", "torch.selu"),
          Map.entry("Gemm", "torch.linear"),
          Map.entry("MatMul", "torch.matmul"),
          Map.entry("IsInf", "torch.isinf"),
          Map.entry("IsNaN", "torch.isnan"),
          Map.entry("Min", "torch.minimum"),
          Map.entry("Or", "torch.logical_or"),
          Map.entry("Where", "torch.where"),
          Map.entry("Shape", "torch.size"),
          Map.entry("Expand", "torch.expand"));

  private final Map<String, Constant> constants;
  private final Set<String> used = new HashSet<>();
  private final StringBuilder method =
      new StringBuilder("def forward(self, rows: Tensor) -> Tensor:\n");

  private TorchSource(OnnxGraph graph) {
    this.constants = graph.constants();
    Map<String, Node> made =
        graph.nodes().stream().collect(Collectors.toMap(Node::result, node -> node));
    Set<String> needed = new HashSet<>();
    List<String> open = new ArrayList<>(List.of(EnergyFile.ENERGY));
    while (!open.isEmpty()) {
      Node node = made.get(open.remove(open.size() - 1));
      if (node != null && needed.add(node.result())) {
        open.addAll(node.inputs());
      }
    }
    for (Node node : graph.nodes()) {
      if (needed.contains(node.result())) {
        method.append("  ").append(node.result()).append(" = ").append(value(node)).append('\n');
      }
    }
    method.append("  return ").append(EnergyFile.ENERGY).append('\n');
  }

  /** The graph's energy. */
  static TorchSource of(OnnxGraph graph) {
    return new TorchSource(graph);
  }

  /** The module. */
  Archive archive(Map<String, String> metadata) {
    List<Archive.Stored> tensors = new ArrayList<>();
    for (Constant constant : constants.values()) {
      if (used.contains(constant.name())) {
        String kind = constant.type() == ElementType.DOUBLE ? "Double" : "Float";
        tensors.add(new Archive.Stored(constant.name(), kind, constant.shape(), constant.raw()));
      }
    }
    return Archive.of(method.toString(), tensors, metadata);
  }

  private String value(Node node) {
    String first = operand(node, 0);
    return switch (node.operator()) {
      case "Identity" -> first;
      case "Cast" ->
          call("torch.to", first, node.values("to").get(0) == ElementType.FLOAT.number ? "6" : "7");
      case "Reshape" -> call("torch.reshape", first, sizes(first, integers(node, 1)));
      case "Unsqueeze" -> call("torch.unsqueeze", first, "1");
      case "Concat" ->
          call("torch.cat", node.inputs().stream().map(this::operand).toList().toString(), "1");
      case "ReduceSum" -> call("torch.sum", first, Arrays.toString(integers(node, 1)), kept(node));
      case "ReduceMax" -> call("torch.amax", first, node.values("axes").toString(), kept(node));
      case "ReduceMean" -> call("torch.mean", first, node.values("axes").toString(), kept(node));
      case "Softmax" -> call("torch.softmax", first, node.values("axis").get(0) + "");
      case "Transpose" -> call("torch.permute", first, node.values("perm").toString());
      case "Slice" ->
          call("torch.slice", first, integer(node, 3), integer(node, 1), integer(node, 2), "1");
      case "ArgMax" -> call("torch.argmax", first, node.values("axis").get(0) + "", kept(node));
      case "Conv" -> {
        String pads = node.values("pads").subList(0, 2).toString();
        String strides = node.values("strides").toString();
        yield call("torch.conv2d", first, operand(node, 1), operand(node, 2), strides, pads);
      }
      default -> {
        String known = CALLS.get(node.operator());
        if (known == null) {
          throw new IllegalStateException("no TorchScript for the operator " + node.operator());
        }
        yield call(known, node.inputs().stream().map(this::operand).toArray(String[]::new));
      }
    };
  }

  /** A shape whose first entry, 0, stands for the batch. */
  private static String sizes(String of, long[] shape) {
    List<String> axes = new ArrayList<>(List.of("torch.size(" + of + ", 0)"));
    Arrays.stream(shape).skip(1).forEach(axis -> axes.add(Long.toString(axis)));
    return axes.toString();
  }

  private static String kept(Node node) {
    return node.values("keepdims").get(0) == 1 ? "True" : "False";
  }

  private String integer(Node node, int input) {
    return Long.toString(integers(node, input)[0]);
  }

  private long[] integers(Node node, int input) {
    return Objects.requireNonNull(constants.get(node.inputs().get(input))).integers();
  }

  private String operand(Node node, int input) {
    return operand(node.inputs().get(input));
  }

  private String operand(String name) {
    if (!constants.containsKey(name)) {
      return name;
    }
    used.add(name);
    return "self." + name;
  }

  private static String call(String function, String... arguments) {
    return function + "(" + String.join(", ", arguments) + ")";
  }
}
