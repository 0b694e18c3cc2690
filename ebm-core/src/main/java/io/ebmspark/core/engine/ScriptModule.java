package io.ebmspark.core.engine;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import io.ebmspark.core.program.Archive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A module saved by {@code torch.jit.save}, called as a function of its input and its parameters.
 *
 * <p>A TorchScript module owns its parameters; here they are passed in with every call, as views of
 * the trained vector. To that end a method is added to the source of the module's class, inside the
 * archive: it puts the given tensors in place of the parameters, then calls {@code forward}. One
 * thread uses a module at a time.
 */
public final class ScriptModule implements AutoCloseable {
  private final Program program;
  private final List<Trained> parameters;

  /**
   * A parameter that is trained.
   *
   * @param value it was saved with
   * @param source the position of the parameter whose tensor it is: its own or, of tied ones, the
   *     last one's, which is what {@code load_state_dict} leaves in all of them
   */
  public record Trained(String name, long[] shape, float[] value, int source) {}

  private ScriptModule(Program program, List<Trained> parameters) {
    this.program = program;
    this.parameters = parameters;
  }

  /**
   * Loads an archive. <b>This runs what is in it</b>: only for files a user has named.
   *
   * @throws IllegalArgumentException if libtorch refuses it, or a parameter is not float32
   */
  public static ScriptModule load(Archive archive) {
    try (PtNDManager manager = NativeEngine.manager(Device.cpu())) {
      List<Trained> parameters = parameters(archive, manager);
      List<String> names = parameters.stream().map(Trained::name).toList();
      List<Integer> sources = parameters.stream().map(Trained::source).toList();
      return new ScriptModule(Program.load(archive.withCallOn(names, sources)), parameters);
    }
  }

  /** The parameters saved with {@code requires_grad}, in the module's order. */
  public List<Trained> parameters() {
    return parameters;
  }

  /**
   * {@code forward(x)} with the given parameters.
   *
   * @param values one tensor for each of {@link #parameters()}
   */
  public Tensor call(Tensor x, List<Tensor> values) {
    return program.call(x.scope(), "call_with", x, values).get(0);
  }

  @Override
  public void close() {
    program.close();
  }

  /**
   * The module with other parameters, as {@code torch.jit.save} would write it.
   *
   * @param x an input, which {@code forward} is called with
   * @param values one tensor for each of {@link #parameters()}
   */
  public Archive saved(Tensor x, List<Tensor> values) {
    // The module keeps what it was called with last.
    call(x, values.stream().map(Tensor::leaf).toList());
    try {
      Path file = Files.createTempFile("module", ".pt");
      try {
        program.write(file);
        return Archive.read(file).withoutCall();
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Trained> parameters(Archive archive, PtNDManager manager) {
    PtSymbolBlock module = Program.module(archive, manager);
    List<PtNDArray> arrays = new ArrayList<>();
    for (var array : JniUtils.moduleGetParams(module, manager)) {
      if (!JniUtils.requiresGrad((PtNDArray) array)) {
        continue;
      }
      if (array.getDataType() != DataType.FLOAT32) {
        throw new IllegalArgumentException(
            "the TorchScript module's parameter "
                + array.getName()
                + " is "
                + array.getDataType()
                + ", where training computes in float32; save it after module.float()");
      }
      arrays.add((PtNDArray) array);
    }
    List<float[]> values = arrays.stream().map(PtNDArray::toFloatArray).toList();
    List<Integer> sources = sources(arrays);
    List<Trained> parameters = new ArrayList<>();
    for (int i = 0; i < arrays.size(); i++) {
      long[] shape = arrays.get(i).getShape().getShape();
      parameters.add(new Trained(arrays.get(i).getName(), shape, values.get(i), sources.get(i)));
    }
    return parameters;
  }

  /**
   * Of each array, the last that is the same memory. libtorch lists a tensor that a module holds
   * under several names under each: trained one by one, they would be tied no longer.
   *
   * @param arrays which are written over
   */
  private static List<Integer> sources(List<PtNDArray> arrays) {
    List<FloatBuffer> memory =
        arrays.stream()
            .map(array -> array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer())
            .toList();
    for (int i = 0; i < memory.size(); i++) {
      if (memory.get(i).hasRemaining()) {
        memory.get(i).put(0, i);
      }
    }
    List<Integer> sources = new ArrayList<>();
    for (int i = 0; i < memory.size(); i++) {
      int source = memory.get(i).hasRemaining() ? (int) memory.get(i).get(0) : i;
      if (!arrays.get(source).getShape().equals(arrays.get(i).getShape())) {
        throw new IllegalArgumentException(
            "the TorchScript module's parameters "
                + arrays.get(i).getName()
                + " and "
                + arrays.get(source).getName()
                + " are the same memory in other shapes, and cannot be trained one by one; make one"
                + " of them a function of the other in forward");
      }
      sources.add(source);
    }
    return sources;
  }
}
