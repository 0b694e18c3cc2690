package io.ebmspark.core.onnx;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.onnx.OnnxGraph.Attribute;
import io.ebmspark.core.onnx.OnnxGraph.ElementType;
import io.ebmspark.core.program.Archive;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * An energy as a file for other programs, from rows in the table's units, {@code rows} (batch,
 * inputs) in float64, to {@code energy} (batch) in float32 and, if asked for, {@code
 * energy_gradient} (batch, inputs) in float64, the derivative in those units.
 *
 * <p>Rows are scaled in double precision, and computed from there on in single precision, as they
 * are in scoring. As there, what overflows has the energy +∞; where scoring answers null, for a row
 * with a number that is not finite, the energy is NaN.
 */
public final class EnergyFile {
  static final String ROWS = "rows";
  static final String ENERGY = "energy";

  private final OnnxGraph graph;

  private EnergyFile(OnnxGraph graph) {
    this.graph = graph;
  }

  /**
   * Writes an energy down.
   *
   * @param scaling of each input
   * @param shape of one row
   * @param energy of rows of that shape in the model's units, (batch)
   * @param gradient whether the file has the derivative too
   */
  public static EnergyFile of(
      FeatureScaling scaling, long[] shape, UnaryOperator<OnnxValue> energy, boolean gradient) {
    OnnxGraph graph = new OnnxGraph();
    int width = scaling.width();
    graph.input(ROWS, ElementType.DOUBLE, width);
    String offset = graph.constant(scaling.offset(), width);
    String scale = graph.constant(scaling.scale(), width);
    String scaled = graph.node("Div", List.of(graph.node("Sub", List.of(ROWS, offset)), scale));
    OnnxValue inputs = OnnxValue.variable(graph, cast(graph, scaled, ElementType.FLOAT), width);
    OnnxValue computed = energy.apply(inputs.reshape(shape));
    String absent = zero(graph, ROWS, graph.constant(new double[] {0}), ElementType.DOUBLE);
    graph.output(
        ENERGY,
        graph.node("Add", List.of(orInfinite(graph, inputs, computed), absent)),
        ElementType.FLOAT);
    if (gradient) {
      String found = cast(graph, computed.gradient(inputs).name(), ElementType.DOUBLE);
      String wide = graph.node("Div", List.of(found, scale));
      String column = graph.node("Unsqueeze", List.of(absent, graph.integers(1)));
      String known = cast(graph, column, ElementType.DOUBLE);
      graph.output(
          "energy_gradient", graph.node("Add", List.of(wide, known)), ElementType.DOUBLE, width);
    }
    return new EnergyFile(graph);
  }

  /**
   * The file in ONNX.
   *
   * @param producer the program that wrote it
   * @param metadata free text kept in the file
   */
  public byte[] toOnnx(String producer, Map<String, String> metadata) {
    return graph.toBytes(producer, metadata);
  }

  /**
   * The file in TorchScript: a module whose {@code forward} takes rows and answers energies.
   *
   * @param metadata free text kept in the file, as {@code torch.jit.load} reads by {@code
   *     _extra_files}
   */
  public Archive toTorchScript(Map<String, String> metadata) {
    return TorchSource.of(graph).archive(metadata);
  }

  /** The energy, +∞ where it or one of the inputs is not finite: nothing is less usual. */
  private static String orInfinite(OnnxGraph graph, OnnxValue inputs, OnnxValue energy) {
    String far = zero(graph, inputs.name(), graph.number(0), ElementType.FLOAT);
    String whole = graph.node("Add", List.of(energy.name(), far));
    String overflows =
        graph.node(
            "Or",
            List.of(graph.node("IsInf", List.of(whole)), graph.node("IsNaN", List.of(whole))));
    String infinity = graph.number(Float.POSITIVE_INFINITY);
    return graph.node("Where", List.of(overflows, infinity, whole));
  }

  /**
   * 0 for a row of finite numbers, and NaN for another, whatever operators made of it meanwhile.
   */
  private static String zero(OnnxGraph graph, String rows, String zero, ElementType type) {
    String zeros = graph.node("Mul", List.of(rows, zero));
    String sum =
        graph.node("ReduceSum", List.of(zeros, graph.integers(1)), Attribute.of("keepdims", 0));
    return type == ElementType.FLOAT ? sum : cast(graph, sum, ElementType.FLOAT);
  }

  private static String cast(OnnxGraph graph, String value, ElementType type) {
    return graph.node("Cast", List.of(value), Attribute.of("to", type.number));
  }
}
