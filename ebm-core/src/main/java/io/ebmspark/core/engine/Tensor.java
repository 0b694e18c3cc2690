package io.ebmspark.core.engine;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * An immutable array of numbers in native memory, on which every operation has a correct gradient.
 *
 * <p>It wraps a DJL array and avoids the DJL operations that lose it: {@code NDArray.mul(Number)}
 * and the like hand autograd a view of a Java buffer that a garbage collection may empty before the
 * backward pass (docs/engine.md). Here every operand lives in native memory. Names and broadcasting
 * are DJL's and PyTorch's.
 *
 * <p>The result of an operation lives in the innermost {@link TensorScope} of its operands.
 */
public final class Tensor {
  private final PtNDArray array;
  private final TensorScope scope;

  Tensor(PtNDArray array, TensorScope scope) {
    this.array = array;
    this.scope = scope;
  }

  PtNDArray array() {
    return array;
  }

  /** The scope that new results of this tensor belong to. */
  public TensorScope scope() {
    return scope;
  }

  /** The lengths of the axes; a scalar has none. */
  public long[] shape() {
    return array.getShape().getShape().clone();
  }

  /** The length of an axis; negative counts from the last. */
  public long size(int axis) {
    long[] shape = shape();
    return shape[axis < 0 ? shape.length + axis : axis];
  }

  /** The number of axes. */
  public int dimension() {
    return array.getShape().dimension();
  }

  /** The number of elements. */
  public long count() {
    return array.getShape().size();
  }

  /** Whether gradients can be taken with respect to this very tensor: see {@link #leaf()}. */
  public boolean isLeaf() {
    return JniUtils.requiresGrad(array);
  }

  // ---- between scopes and graphs -------------------------------------------------------------

  /** The same array, seen from {@code inner}: results computed from it will belong there. */
  public Tensor in(TensorScope inner) {
    return inner == scope ? this : new Tensor(array, inner);
  }

  /** Moves this tensor's memory to {@code outer}, so that it outlives its own scope. */
  public Tensor moveTo(TensorScope outer) {
    array.attach(outer.manager());
    return new Tensor(array, outer);
  }

  /** Whether another tensor is this very array, perhaps seen from another scope. */
  @SuppressWarnings("ReferenceEquality") // identity is the question
  public boolean isSameArray(Tensor other) {
    return array == other.array;
  }

  /** Frees this tensor now, before its scope does. */
  public void close() {
    array.close();
  }

  /** The same values with no history: gradients stop here. */
  public Tensor detach() {
    return result(JniUtils.detachGradient(array), scope);
  }

  /** A copy that gradients can be taken with respect to. */
  public Tensor leaf() {
    PtNDArray copy = JniUtils.clone(JniUtils.detachGradient(array));
    JniUtils.attachGradient(copy, true);
    return result(copy, scope);
  }

  /**
   * A leaf on the same memory, for a task of its own. Operations on one tensor must not be called
   * by two threads at once, since DJL enters each result under its address with the operand's scope
   * first; those on two leaves may.
   *
   * @param inner inside this tensor's scope
   */
  public Tensor sharedLeaf(TensorScope inner) {
    PtNDArray view = JniUtils.detachGradient(array);
    view.attach(inner.manager());
    JniUtils.attachGradient(view, true);
    return new Tensor(view, inner);
  }

  // ---- arithmetic ----------------------------------------------------------------------------

  public Tensor add(Tensor other) {
    return binary(other, JniUtils::add);
  }

  public Tensor add(double number) {
    return add(constant(number));
  }

  public Tensor sub(Tensor other) {
    return binary(other, JniUtils::sub);
  }

  public Tensor sub(double number) {
    return sub(constant(number));
  }

  public Tensor mul(Tensor other) {
    return binary(other, JniUtils::mul);
  }

  public Tensor mul(double number) {
    return mul(constant(number));
  }

  public Tensor div(Tensor other) {
    return binary(other, JniUtils::div);
  }

  public Tensor div(double number) {
    return div(constant(number));
  }

  /** Raises each element to a fixed power. */
  public Tensor pow(double exponent) {
    return binary(constant(exponent), JniUtils::pow);
  }

  public Tensor neg() {
    return unary(JniUtils::neg);
  }

  public Tensor square() {
    return unary(JniUtils::square);
  }

  public Tensor sqrt() {
    return unary(JniUtils::sqrt);
  }

  public Tensor exp() {
    return unary(JniUtils::exp);
  }

  public Tensor log() {
    return unary(JniUtils::log);
  }

  public Tensor abs() {
    return unary(JniUtils::abs);
  }

  public Tensor sin() {
    return unary(JniUtils::sin);
  }

  public Tensor cos() {
    return unary(JniUtils::cos);
  }

  public Tensor erf() {
    return unary(JniUtils::erf);
  }

  /** The larger of each element and {@code number}. */
  public Tensor maximum(double number) {
    return binary(constant(number), JniUtils::max);
  }

  /** The smaller of each element and {@code number}. */
  public Tensor minimum(double number) {
    return binary(constant(number), JniUtils::min);
  }

  /** Each element held between {@code lowest} and {@code highest}. */
  public Tensor clamp(double lowest, double highest) {
    return maximum(lowest).minimum(highest);
  }

  // ---- activations ---------------------------------------------------------------------------

  public Tensor tanh() {
    return unary(JniUtils::tanh);
  }

  public Tensor sigmoid() {
    return unary(JniUtils::sigmoid);
  }

  public Tensor relu() {
    return unary(JniUtils::relu);
  }

  /** {@code x·σ(x)}: smooth, and so suited to second-order objectives. */
  public Tensor silu() {
    return Fused.PROGRAM.call(scope, "silu", this).get(0);
  }

  public Tensor selu() {
    return unary(JniUtils::selu);
  }

  public Tensor elu() {
    return unary(a -> JniUtils.elu(a, 1.0));
  }

  public Tensor gelu() {
    return unary(JniUtils::gelu);
  }

  public Tensor softplus() {
    return unary(JniUtils::softPlus);
  }

  /** {@code exp(xᵢ)/Σexp(xⱼ)} along an axis. */
  public Tensor softmax(int axis) {
    return result(JniUtils.softmax(array, axis, array.getDataType()), scope);
  }

  /**
   * {@code gain·(x − mean)/√(variance + 1e-5) + bias} over the last axis (Ba, Kiros and Hinton
   * 2016). Written out: libtorch's own layer normalisation has wrong third derivatives, which score
   * matching uses (docs/engine.md).
   *
   * @param gain (last axis)
   * @param bias (last axis)
   */
  public Tensor layerNorm(Tensor gain, Tensor bias) {
    int last = dimension() - 1;
    double width = size(last);
    Tensor centred = sub(sum(last).div(width).unsqueeze(last));
    Tensor variance = centred.square().sum(last).div(width).unsqueeze(last);
    return centred.div(variance.add(1e-5).sqrt()).mul(gain).add(bias);
  }

  /** For operations that DJL has no method for. */
  private static final class Fused {
    static final Program PROGRAM = Program.load(Tensor.class, "operations.py");
  }

  // ---- linear maps ---------------------------------------------------------------------------

  /** Matrix product over the last two axes, broadcast over the others. */
  public Tensor matmul(Tensor other) {
    return binary(other, JniUtils::matmul);
  }

  /**
   * {@code xWᵀ + b}.
   *
   * @param weight (out, in)
   * @param bias (out)
   */
  public Tensor linear(Tensor weight, Tensor bias) {
    return result(
        JniUtils.linear(array, weight.array, bias.array), innermost(innermost(this, weight), bias));
  }

  /**
   * Two-dimensional convolution of (batch, in, height, width).
   *
   * @param weight (out, in, kernel height, kernel width)
   * @param bias (out)
   */
  public Tensor convolution(Tensor weight, Tensor bias, int stride, int padding) {
    return result(
        JniUtils.convolution(
            array,
            weight.array,
            bias.array,
            new Shape(stride, stride),
            new Shape(padding, padding),
            new Shape(1, 1),
            1),
        innermost(innermost(this, weight), bias));
  }

  // ---- reductions ----------------------------------------------------------------------------

  /** The sum of all elements, a scalar. */
  public Tensor sum() {
    return unary(JniUtils::sum);
  }

  /** Sums over axes, which disappear. */
  public Tensor sum(long... axes) {
    return result(JniUtils.sum(array, axes, false), scope);
  }

  /** Sums over every axis but the first: one number per row. */
  public Tensor sumPerRow() {
    if (dimension() == 1) {
      return this;
    }
    long[] axes = new long[dimension() - 1];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i + 1L;
    }
    return sum(axes);
  }

  /** The mean of all elements, a scalar. */
  public Tensor mean() {
    return unary(JniUtils::mean);
  }

  /** The largest element along an axis, which disappears. */
  public Tensor max(int axis) {
    return result(JniUtils.max(array, axis, false), scope);
  }

  /** {@code log Σ exp} along an axis, which disappears; safe for large values. */
  public Tensor logSumExp(int axis) {
    Tensor largest = detach().max(axis);
    return sub(largest.unsqueeze(axis)).exp().sum(axis).log().add(largest);
  }

  // ---- shape ---------------------------------------------------------------------------------

  public Tensor reshape(long... shape) {
    return result(JniUtils.reshape(array, shape), scope);
  }

  /** One row per batch element, whatever its shape: (batch, everything else). */
  public Tensor flattenRows() {
    return reshape(size(0), -1);
  }

  public Tensor transpose(int first, int second) {
    return result(JniUtils.transpose(array, first, second), scope);
  }

  public Tensor unsqueeze(int axis) {
    return result(JniUtils.unsqueeze(array, axis), scope);
  }

  public Tensor squeeze(int axis) {
    return result(JniUtils.squeeze(array, axis), scope);
  }

  /** The part of an axis from {@code start} (inclusive) to {@code stop} (exclusive). */
  public Tensor slice(int axis, long start, long stop) {
    return result(JniUtils.slice(array, axis, start, stop, 1), scope);
  }

  /**
   * Adds numbers to the elements from {@code start} on of this vector, in place: for sums that
   * nobody else has seen yet, and no graph remembers.
   */
  public void addInPlace(long start, Tensor numbers) {
    try (PtNDArray part = JniUtils.slice(array, 0, start, start + numbers.count(), 1)) {
      part.addi(numbers.array());
    }
  }

  /** Cuts an axis into consecutive parts of the given lengths. */
  public List<Tensor> split(int axis, long... lengths) {
    long[] cuts = new long[lengths.length - 1];
    long end = 0;
    for (int i = 0; i < cuts.length; i++) {
      end += lengths[i];
      cuts[i] = end;
    }
    List<Tensor> parts = new ArrayList<>(lengths.length);
    NDList pieces = cuts.length == 0 ? new NDList(array) : array.split(cuts, axis);
    pieces.forEach(part -> parts.add(result((PtNDArray) part, scope)));
    return parts;
  }

  /**
   * Rows of two tensors of the same shape, interleaved: first of this, first of other, second of
   * this, …
   */
  public Tensor interleave(Tensor other) {
    long[] shape = shape();
    shape[0] *= 2;
    PtNDArray[] both = {array, other.array};
    return result(JniUtils.reshape(JniUtils.stack(both, 1), shape), innermost(this, other));
  }

  /** Joins tensors along an axis. */
  public static Tensor concatenate(List<Tensor> parts, int axis) {
    Tensor first = parts.get(0);
    TensorScope scope = first.scope;
    for (Tensor part : parts) {
      scope = part.scope.isInside(scope) ? part.scope : scope;
    }
    return first.result(
        JniUtils.cat(parts.stream().map(Tensor::array).toArray(PtNDArray[]::new), axis), scope);
  }

  // ---- to Java -------------------------------------------------------------------------------

  /** The elements in row-major order. */
  public float[] toFloats() {
    if (array.getDataType() == DataType.FLOAT32) {
      return array.toFloatArray();
    }
    double[] wide = array.toDoubleArray();
    float[] narrow = new float[wide.length];
    for (int i = 0; i < wide.length; i++) {
      narrow[i] = (float) wide[i];
    }
    return narrow;
  }

  /** Copies the elements in row-major order into an array of as many. */
  public void copyTo(float[] out) {
    if (array.getDataType() == DataType.FLOAT32) {
      array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer().get(out);
    } else {
      System.arraycopy(toFloats(), 0, out, 0, out.length);
    }
  }

  /** The elements in row-major order. */
  public double[] toDoubles() {
    if (array.getDataType() == DataType.FLOAT64) {
      return array.toDoubleArray();
    }
    float[] narrow = array.toFloatArray();
    double[] wide = new double[narrow.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = narrow[i];
    }
    return wide;
  }

  /** The one element of a scalar. */
  public double toDouble() {
    return toDoubles()[0];
  }

  @Override
  public String toString() {
    return "Tensor" + array.getShape() + " " + array.getDataType();
  }

  // ---- how results find their scope ----------------------------------------------------------

  private Tensor constant(double number) {
    return scope.full(number);
  }

  private Tensor unary(UnaryOperator<PtNDArray> operation) {
    return result(operation.apply(array), scope);
  }

  private Tensor binary(Tensor other, BinaryOperator<PtNDArray> operation) {
    return result(operation.apply(array, other.array), innermost(this, other));
  }

  private static TensorScope innermost(Tensor first, Tensor second) {
    return second.scope.isInside(first.scope) ? second.scope : first.scope;
  }

  private static TensorScope innermost(TensorScope scope, Tensor other) {
    return other.scope.isInside(scope) ? other.scope : scope;
  }

  private Tensor result(PtNDArray made, TensorScope owner) {
    if (made.getManager() != owner.manager()) {
      made.attach(owner.manager());
    }
    return new Tensor(made, owner);
  }
}
