package io.ebmspark.core.engine;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteOrder;

/**
 * Owns the native memory of every tensor made in it: closing the scope frees them all.
 *
 * <p>Scopes nest. An operation's result belongs to the innermost scope among its operands', so a
 * loop that opens a child scope for each iteration, and moves only what it keeps to the parent,
 * runs in constant memory. A scope is used by one thread at a time.
 */
public final class TensorScope implements AutoCloseable {
  private static final int THREADS = Integer.getInteger("ai.djl.pytorch.num_threads", 1);

  private final PtNDManager manager;
  private final DataType type;
  private final int depth;

  private TensorScope(PtNDManager manager, DataType type, int depth) {
    this.manager = manager;
    this.type = type;
    this.depth = depth;
  }

  /** A scope of float32 tensors on the CPU. */
  public static TensorScope open() {
    return open(Device.cpu(), DataType.FLOAT32);
  }

  /**
   * A scope on a device.
   *
   * @param type FLOAT32, or FLOAT64 where finite differences are to be believed
   */
  public static TensorScope open(Device device, DataType type) {
    PtNDManager manager = NativeEngine.manager(device);
    useThisThread();
    return new TensorScope(manager, type, 0);
  }

  /** A scope inside this one: closed earlier, its tensors freed earlier. */
  public TensorScope child() {
    // A child is often opened by another thread than its parent: shard tasks share weights.
    useThisThread();
    return new TensorScope((PtNDManager) manager.newSubManager(), type, depth + 1);
  }

  /**
   * The number of OpenMP threads, gradient recording and graph optimisation are settings of the
   * calling thread in libtorch; what was set when the engine loaded does not reach other threads,
   * whose matrix products then take every core, and crawl when two tasks compete for them.
   * Recording is always on, and costs nothing where no operand requires it; the graph optimiser is
   * always off, since it profiles the first calls and may then return other bits.
   */
  private static void useThisThread() {
    JniUtils.setNumThreads(THREADS);
    JniUtils.setGradMode(true);
    JniUtils.setGraphExecutorOptimize(false);
  }

  /** Copies {@code values} in; the length is the product of {@code shape}. */
  public Tensor upload(float[] values, long... shape) {
    if (type == DataType.FLOAT64) {
      double[] wide = new double[values.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = values[i];
      }
      return upload(wide, shape);
    }
    Shape sizes = new Shape(shape);
    if (manager.getDevice().isGpu() || values.length == 0 || values.length != sizes.size()) {
      return owned((PtNDArray) manager.create(values, sizes));
    }
    // Straight into libtorch's memory: DJL's way makes two copies on its way there.
    PtNDArray array =
        JniUtils.createEmptyNdArray(manager, sizes, type, manager.getDevice(), SparseFormat.DENSE);
    array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer().put(values);
    return new Tensor(array, this);
  }

  /** Copies {@code values} in, rounding them where this is a float32 scope. */
  public Tensor upload(double[] values, long... shape) {
    if (type == DataType.FLOAT32) {
      float[] narrow = new float[values.length];
      for (int i = 0; i < narrow.length; i++) {
        narrow[i] = (float) values[i];
      }
      return upload(narrow, shape);
    }
    return owned((PtNDArray) manager.create(values, new Shape(shape)));
  }

  /**
   * The same as {@link #upload(float[], long...)}, and gradients can be taken with respect to it.
   */
  public Tensor leaf(float[] values, long... shape) {
    Tensor uploaded = upload(values, shape);
    JniUtils.attachGradient(uploaded.array(), true);
    return uploaded;
  }

  /** A tensor with every element equal to {@code value}; an empty shape makes a scalar. */
  public Tensor full(double value, long... shape) {
    return new Tensor(
        JniUtils.full(
            manager, new Shape(shape), value, type, manager.getDevice(), SparseFormat.DENSE),
        this);
  }

  /** A tensor of zeros. */
  public Tensor zeros(long... shape) {
    return full(0, shape);
  }

  /** An array made from a Java buffer is a view that a garbage collection can empty; own it. */
  private Tensor owned(PtNDArray view) {
    try (view) {
      return new Tensor(JniUtils.clone(view), this);
    }
  }

  PtNDManager manager() {
    return manager;
  }

  /** The element type of the tensors made here. */
  public DataType type() {
    return type;
  }

  boolean isInside(TensorScope other) {
    return depth > other.depth;
  }

  /** Frees every tensor of this scope and of the scopes inside it. */
  @Override
  public void close() {
    manager.close();
  }
}
