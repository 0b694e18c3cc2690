package io.ebmspark.core.engine;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * A sum of tensors of one shape, in native memory and in place: what would be written over is its
 * own memory, never that of a tensor it was given, which others may view. Nothing is recorded for
 * gradients.
 */
public final class RunningSum {
  private final TensorScope scope;
  private PtNDArray array;
  private boolean isOwn;

  private RunningSum(PtNDArray array, TensorScope scope) {
    this.array = array;
    this.scope = scope;
  }

  /**
   * A sum of one tensor, not copied.
   *
   * @param first may belong to a scope inside {@code scope} that is closed before the sum is used
   * @param scope where the sum belongs
   */
  public static RunningSum of(Tensor first, TensorScope scope) {
    return new RunningSum(attached(JniUtils.detachGradient(first.array()), scope), scope);
  }

  private static PtNDArray attached(PtNDArray array, TensorScope scope) {
    array.attach(scope.manager());
    return array;
  }

  /** Adds another sum, which is freed. */
  public void add(RunningSum other) {
    if (isOwn) {
      JniUtils.addi(array, other.array);
    } else {
      replace(JniUtils.add(array, other.array));
    }
    other.array.close();
  }

  /** Adds a tensor in double precision, which the sum has from then on. */
  public void addWide(Tensor part) {
    if (array.getDataType() != DataType.FLOAT64) {
      replace(JniUtils.to(array, DataType.FLOAT64, array.getDevice()));
    }
    JniUtils.addi(array, part.array());
  }

  /** Rounds to the precision of the scope. */
  public void round() {
    if (array.getDataType() != scope.type()) {
      replace(JniUtils.to(array, scope.type(), array.getDevice()));
    }
  }

  private void replace(PtNDArray made) {
    array.close();
    array = attached(made, scope);
    isOwn = true;
  }

  /** Copies the elements in row-major order into an array of as many. */
  public void copyTo(float[] out) {
    new Tensor(array, scope).copyTo(out);
  }
}
