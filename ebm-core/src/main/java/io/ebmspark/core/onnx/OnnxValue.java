package io.ebmspark.core.onnx;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.onnx.OnnxGraph.Attribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.LongStream;

/**
 * Numbers that an ONNX graph computes for each row, in float32: what a {@link Tensor} is where an
 * energy is written in ONNX, with operations of the same names. Tensors among the operands are
 * weights, and become part of the file.
 *
 * <p>Every operation says how a derivative goes back through it, so that the derivative of an
 * energy is written by {@link #gradient}, in operators of the same graph.
 */
public final class OnnxValue {
  private static final double SELU_SCALE = 1.0507009873554805;
  private static final double SELU_ALPHA = 1.6732632423543772;

  private final OnnxGraph graph;
  private final String name;
  private final long[] shape;
  private final int index;
  private final List<Part> parts;

  /**
   * An operand that has a derivative.
   *
   * @param pullBack of the derivative in the result, and the result: the derivative in the operand
   */
  private record Part(OnnxValue operand, BinaryOperator<OnnxValue> pullBack) {}

  private OnnxValue(OnnxGraph graph, String name, long[] shape, List<Part> parts) {
    this.graph = graph;
    this.name = name;
    this.shape = shape;
    this.parts = parts;
    this.index = graph.values().size();
    graph.values().add(this);
  }

  /** What a derivative is taken with respect to. */
  static OnnxValue variable(OnnxGraph graph, String name, long... shape) {
    return new OnnxValue(graph, name, shape, List.of());
  }

  String name() {
    return name;
  }

  // ---- arithmetic ----------------------------------------------------------------------------

  public OnnxValue add(OnnxValue other) {
    return result("Add", other.name, new Part(this, (g, r) -> g), new Part(other, (g, r) -> g));
  }

  /** Adds what broadcasts to this shape. */
  public OnnxValue add(Tensor weight) {
    return plus(constant(weight));
  }

  public OnnxValue add(double number) {
    return plus(number(number));
  }

  private OnnxValue plus(String constant) {
    return result("Add", constant, new Part(this, (g, r) -> g));
  }

  public OnnxValue sub(OnnxValue other) {
    return result(
        "Sub", other.name, new Part(this, (g, r) -> g), new Part(other, (g, r) -> g.neg()));
  }

  /** Subtracts what broadcasts to this shape. */
  public OnnxValue sub(Tensor weight) {
    return result("Sub", constant(weight), new Part(this, (g, r) -> g));
  }

  public OnnxValue mul(OnnxValue other) {
    return result(
        "Mul",
        other.name,
        new Part(this, (g, r) -> g.mul(other)),
        new Part(other, (g, r) -> g.mul(this)));
  }

  /** Multiplies by what broadcasts to this shape. */
  public OnnxValue mul(Tensor weight) {
    return times("Mul", constant(weight));
  }

  public OnnxValue mul(double number) {
    return times("Mul", number(number));
  }

  /** Divides by what broadcasts to this shape. */
  public OnnxValue div(Tensor weight) {
    return times("Div", constant(weight));
  }

  private OnnxValue times(String operator, String constant) {
    return result(operator, constant, new Part(this, (g, r) -> g.times(operator, constant)));
  }

  public OnnxValue neg() {
    return unary("Neg", (g, r) -> g.neg());
  }

  public OnnxValue square() {
    return result("Mul", name, new Part(this, (g, r) -> g.mul(this).mul(2)));
  }

  public OnnxValue exp() {
    return unary("Exp", OnnxValue::mul);
  }

  public OnnxValue erf() {
    return unary("Erf", (g, r) -> g.mul(square().neg().exp()).mul(2 / Math.sqrt(Math.PI)));
  }

  // ---- activations ---------------------------------------------------------------------------

  public OnnxValue sigmoid() {
    return unary("Sigmoid", (g, r) -> g.mul(r).mul(r.neg().add(1)));
  }

  public OnnxValue tanh() {
    return unary("Tanh", (g, r) -> g.mul(r.square().neg().add(1)));
  }

  public OnnxValue softplus() {
    return unary("Softplus", (g, r) -> g.mul(sigmoid()));
  }

  public OnnxValue relu() {
    return unary("Relu", (g, r) -> g.mul(wherePositive(1, r.mul(0))));
  }

  public OnnxValue elu() {
    return unary("Elu", (g, r) -> g.mul(wherePositive(1, r.add(1))));
  }

  public OnnxValue selu() {
    return unary(
        "Selu", (g, r) -> g.mul(wherePositive(SELU_SCALE, r.add(SELU_SCALE * SELU_ALPHA))));
  }

  /** A number where this is positive, and {@code other} elsewhere; without a derivative. */
  private OnnxValue wherePositive(double number, OnnxValue other) {
    return where(graph.node("Greater", List.of(name, number(0))), number(number), other.name);
  }

  // ---- linear maps ---------------------------------------------------------------------------

  /**
   * The product of the last axis with a matrix.
   *
   * @param matrix (in, out)
   */
  public OnnxValue matmul(Tensor matrix) {
    long width = matrix.size(0);
    return new OnnxValue(
        graph,
        graph.node("MatMul", List.of(name, constant(matrix))),
        withLast(matrix.size(1)),
        List.of(new Part(this, (g, r) -> g.timesMatrix(constant(matrix.transpose(0, 1)), width))));
  }

  /** The product of two matrices a row: of the last two axes, the others being the same. */
  public OnnxValue matmul(OnnxValue other) {
    int last = shape.length; // counted with the batch
    return new OnnxValue(
        graph,
        graph.node("MatMul", List.of(name, other.name)),
        withLast(other.shape[last - 1]),
        List.of(
            new Part(this, (g, r) -> g.matmul(other.transpose(last - 1, last))),
            new Part(other, (g, r) -> transpose(last - 1, last).matmul(g))));
  }

  /**
   * {@code xWᵀ + b} over the last axis.
   *
   * @param weight (out, in)
   * @param bias (out)
   */
  public OnnxValue linear(Tensor weight, Tensor bias) {
    if (shape.length > 1) {
      return matmul(weight.transpose(0, 1)).add(bias);
    }
    String w = constant(weight);
    Attribute transposed = Attribute.of("transB", 1);
    long width = weight.size(1);
    return new OnnxValue(
        graph,
        graph.node("Gemm", List.of(name, w, constant(bias)), transposed),
        new long[] {weight.size(0)},
        List.of(new Part(this, (g, r) -> g.timesMatrix(w, width))));
  }

  /** A derivative on its way back through a layer: it is taken once, so it needs none itself. */
  private OnnxValue timesMatrix(String matrix, long columns) {
    return constantOf(graph.node("MatMul", List.of(name, matrix)), withLast(columns));
  }

  private long[] withLast(long length) {
    long[] changed = shape.clone();
    changed[changed.length - 1] = length;
    return changed;
  }

  /**
   * Two-dimensional convolution of rows (in, height, width).
   *
   * @param weight (out, in, kernel height, kernel width)
   * @param bias (out)
   */
  public OnnxValue convolution(Tensor weight, Tensor bias, int stride, int padding) {
    String w = constant(weight);
    long[] out = {weight.size(0), 0, 0};
    long[] lost = new long[2]; // rows and columns of the input that no window's end reaches
    for (int axis = 0; axis < 2; axis++) {
      long span = shape[axis + 1] + 2L * padding - weight.size(axis + 2);
      out[axis + 1] = span / stride + 1;
      lost[axis] = span % stride;
    }
    Attribute strides = Attribute.list("strides", stride, stride);
    Attribute pads = Attribute.list("pads", padding, padding, padding, padding);
    Attribute rest = Attribute.list("output_padding", lost);
    return new OnnxValue(
        graph,
        graph.node("Conv", List.of(name, w, constant(bias)), strides, pads),
        out,
        List.of(
            new Part(
                this,
                (g, r) ->
                    constantOf(
                        graph.node("ConvTranspose", List.of(g.name, w), strides, pads, rest),
                        shape))));
  }

  // ---- attention and normalisation -----------------------------------------------------------

  /** {@code exp(xᵢ)/Σexp(xⱼ)} over the last axis. */
  public OnnxValue softmax() {
    Attribute axis = Attribute.of("axis", shape.length);
    return new OnnxValue(
        graph,
        graph.node("Softmax", List.of(name), axis),
        shape,
        List.of(
            new Part(
                this,
                (g, r) -> {
                  String[] terms = {g.mul(r).name, graph.integers(shape.length)};
                  String sum = graph.node("ReduceSum", List.of(terms), Attribute.of("keepdims", 1));
                  return constantOf(graph.node("Sub", List.of(g.name, sum)), shape).mul(r);
                })));
  }

  /**
   * {@code gain·(x − mean)/√(variance + 1e-5) + bias} over the last axis.
   *
   * @param gain (last axis)
   * @param bias (last axis)
   */
  public OnnxValue layerNorm(Tensor gain, Tensor bias) {
    return centred().normalised().mul(gain).add(bias);
  }

  /** Less its mean over the last axis: a projection, and so its own way back. */
  private OnnxValue centred() {
    return new OnnxValue(
        graph,
        graph.node("Sub", List.of(name, mean())),
        shape,
        List.of(new Part(this, (g, r) -> g.centred())));
  }

  /** Divided by its root mean square over the last axis. */
  private OnnxValue normalised() {
    String variance = graph.node("Add", List.of(square().mean(), number(1e-5)));
    String root = graph.node("Sqrt", List.of(variance));
    return new OnnxValue(
        graph,
        graph.node("Div", List.of(name, root)),
        shape,
        List.of(
            new Part(
                this,
                (g, r) -> {
                  String along = graph.node("Mul", List.of(r.name, g.mul(r).mean()));
                  String across = graph.node("Sub", List.of(g.name, along));
                  return constantOf(graph.node("Div", List.of(across, root)), shape);
                })));
  }

  private String mean() {
    Attribute axes = Attribute.list("axes", shape.length);
    return graph.node("ReduceMean", List.of(name), axes, Attribute.of("keepdims", 1));
  }

  // ---- reductions ----------------------------------------------------------------------------

  /** Sums over every axis but the first: one number per row. */
  public OnnxValue sumPerRow() {
    if (shape.length == 0) {
      return this;
    }
    String axes = graph.integers(LongStream.rangeClosed(1, shape.length).toArray());
    return new OnnxValue(
        graph,
        graph.node("ReduceSum", List.of(name, axes), Attribute.of("keepdims", 0)),
        new long[0],
        List.of(new Part(this, (g, r) -> g.spreadOver(this))));
  }

  /** The sum over an axis, which disappears; axes are counted with the batch, which is 0. */
  public OnnxValue sum(int axis) {
    long[] rest = new long[shape.length - 1];
    long[] kept = shape.clone();
    kept[axis - 1] = 1;
    for (int i = 0; i < rest.length; i++) {
      rest[i] = shape[i < axis - 1 ? i : i + 1];
    }
    Attribute gone = Attribute.of("keepdims", 0);
    return new OnnxValue(
        graph,
        graph.node("ReduceSum", List.of(name, graph.integers(axis)), gone),
        rest,
        List.of(
            new Part(
                this,
                (g, r) -> {
                  String size = graph.node("Shape", List.of(name));
                  return constantOf(
                      graph.node("Expand", List.of(g.reshape(kept).name, size)), shape);
                })));
  }

  /** One number per row, as every element of rows of another's shape. */
  private OnnxValue spreadOver(OnnxValue other) {
    long[] ones = new long[other.shape.length];
    Arrays.fill(ones, 1);
    String size = graph.node("Shape", List.of(other.name));
    return constantOf(graph.node("Expand", List.of(reshape(ones).name, size)), other.shape);
  }

  /** The smaller of two numbers each, of one shape. */
  public OnnxValue min(OnnxValue other) {
    return result(
        "Min",
        other.name,
        new Part(this, (g, r) -> where(isLess(other), g.name, number(0))),
        new Part(other, (g, r) -> where(isLess(other), number(0), g.name)));
  }

  private String isLess(OnnxValue other) {
    return graph.node("Less", List.of(name, other.name));
  }

  private OnnxValue where(String condition, String then, String otherwise) {
    return constantOf(graph.node("Where", List.of(condition, then, otherwise)), shape);
  }

  /** The largest of each row's numbers, (batch, n). */
  public OnnxValue max() {
    String largest =
        graph.node(
            "ReduceMax", List.of(name), Attribute.list("axes", 1), Attribute.of("keepdims", 0));
    return new OnnxValue(
        graph,
        largest,
        new long[0],
        List.of(new Part(this, (g, r) -> g.spreadOver(this).mul(mark()))));
  }

  /** 1 at the largest of each row's numbers, and 0 elsewhere. */
  private OnnxValue mark() {
    String place =
        graph.node("ArgMax", List.of(name), Attribute.of("axis", 1), Attribute.of("keepdims", 0));
    String marks = graph.constant(new float[] {0, 1}, 2);
    return constantOf(graph.node("OneHot", List.of(place, graph.integer(shape[0]), marks)), shape);
  }

  /** {@code log Σ exp} of each row's numbers, (batch, n); safe for large values. */
  public OnnxValue logSumExp() {
    Attribute kept = Attribute.of("keepdims", 1);
    String largest = graph.node("ReduceMax", List.of(name), Attribute.list("axes", 1), kept);
    String shares = graph.node("Exp", List.of(graph.node("Sub", List.of(name, largest))));
    String total = graph.node("ReduceSum", List.of(shares, graph.integers(1)), kept);
    String sum = graph.node("Add", List.of(graph.node("Log", List.of(total)), largest));
    return new OnnxValue(
        graph,
        graph.node("Reshape", List.of(sum, graph.integers(0))),
        new long[0],
        List.of(
            new Part(
                this,
                (g, r) ->
                    g.spreadOver(this)
                        .mul(constantOf(graph.node("Div", List.of(shares, total)), shape)))));
  }

  // ---- shape ---------------------------------------------------------------------------------

  /** The shape of a row. */
  public long[] shape() {
    return shape.clone();
  }

  /** The same numbers as rows of another shape. */
  public OnnxValue reshape(long... rows) {
    if (Arrays.equals(rows, shape)) {
      return this;
    }
    long[] all = new long[rows.length + 1]; // its first entry, 0, leaves the batch as it is
    System.arraycopy(rows, 0, all, 1, rows.length);
    return new OnnxValue(
        graph,
        graph.node("Reshape", List.of(name, graph.integers(all))),
        rows.clone(),
        List.of(new Part(this, (g, r) -> g.reshape(shape))));
  }

  /** Exchanges two axes; they are counted with the batch, which is 0. */
  public OnnxValue transpose(int first, int second) {
    long[] order = LongStream.rangeClosed(0, shape.length).toArray();
    order[first] = second;
    order[second] = first;
    long[] rows = shape.clone();
    rows[first - 1] = shape[second - 1];
    rows[second - 1] = shape[first - 1];
    return new OnnxValue(
        graph,
        graph.node("Transpose", List.of(name), Attribute.list("perm", order)),
        rows,
        List.of(new Part(this, (g, r) -> g.transpose(first, second))));
  }

  /** The part of an axis from {@code start} to before {@code stop}; axes as above. */
  public OnnxValue slice(int axis, long start, long stop) {
    long[] rows = shape.clone();
    rows[axis - 1] = stop - start;
    long[] around = new long[2 * (shape.length + 1)]; // zeros before and after each axis
    around[axis] = start;
    around[shape.length + 1 + axis] = shape[axis - 1] - stop;
    String from = graph.integers(start);
    List<String> inputs = List.of(name, from, graph.integers(stop), graph.integers(axis));
    return new OnnxValue(
        graph,
        graph.node("Slice", inputs),
        rows,
        List.of(
            new Part(
                this,
                (g, r) ->
                    constantOf(
                        graph.node("Pad", List.of(g.name, graph.integers(around))), shape))));
  }

  /** Rows of one axis. */
  public OnnxValue flattenRows() {
    return reshape(Arrays.stream(shape).reduce(1, (a, b) -> a * b));
  }

  /** (batch, 1) as (batch). */
  public OnnxValue squeeze() {
    return reshape();
  }

  /** Numbers of one per row side by side: (batch, as many as there are). */
  public static OnnxValue columns(List<OnnxValue> numbers) {
    OnnxGraph graph = numbers.get(0).graph;
    List<String> names = new ArrayList<>();
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < numbers.size(); i++) {
      int column = i;
      names.add(numbers.get(i).reshape(1).name);
      parts.add(new Part(numbers.get(i), (g, r) -> g.slice(1, column, column + 1L).squeeze()));
    }
    return new OnnxValue(
        graph,
        graph.node("Concat", names, Attribute.of("axis", 1)),
        new long[] {numbers.size()},
        parts);
  }

  // ---- derivatives ---------------------------------------------------------------------------

  /**
   * The derivative of each row's number, (batch), with respect to what it was computed from.
   *
   * @return the shape of {@code x}
   */
  OnnxValue gradient(OnnxValue x) {
    Map<OnnxValue, OnnxValue> found = new HashMap<>();
    String size = graph.node("Shape", List.of(name));
    found.put(this, constantOf(graph.node("Expand", List.of(number(1), size)), shape));
    for (int i = index; i > x.index; i--) {
      OnnxValue result = graph.values().get(i);
      OnnxValue g = found.get(result);
      if (g != null) {
        for (Part part : result.parts) {
          found.merge(part.operand, part.pullBack.apply(g, result), OnnxValue::add);
        }
      }
    }
    OnnxValue gradient = found.get(x);
    return gradient == null ? x.mul(0) : gradient;
  }

  // ---- how results are made ------------------------------------------------------------------

  private OnnxValue unary(String operator, BinaryOperator<OnnxValue> pullBack) {
    return new OnnxValue(
        graph, graph.node(operator, List.of(name)), shape, List.of(new Part(this, pullBack)));
  }

  private OnnxValue result(String operator, String other, Part... operands) {
    return new OnnxValue(
        graph, graph.node(operator, List.of(name, other)), shape, List.of(operands));
  }

  private OnnxValue constantOf(String result, long... rows) {
    return new OnnxValue(graph, result, rows, List.of());
  }

  private String constant(Tensor weight) {
    return graph.constant(weight.toFloats(), weight.shape());
  }

  private String number(double number) {
    return graph.number((float) number);
  }
}
