package io.ebmspark.core.engine;

import ai.djl.Device;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.DifferentiableCall;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import io.ebmspark.core.failure.FirstLine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript program: many tensor operations in one native call.
 *
 * <p>Its source is a text resource in the serialised TorchScript dialect (typed methods, no
 * decorators), and is all there is: the archive libtorch loads is assembled from it in memory, so
 * no binary stands in the repository and no Python is needed to build. A program holds no tensors;
 * any number of threads may call it at once.
 *
 * <p>The archive format is that of {@code torch.jit.save}: a stored zip of {@code data.pkl} (the
 * pickled, empty module), {@code code/__torch__.py}, {@code constants.pkl} and {@code version}.
 */
public final class Program {
  private static final String PICKLED_MODULE =
      "\u0080\u0002c__torch__\nProgram\nq\u0000)\u0081}X\b\u0000\u0000\u0000trainingq\u0001\u0088sbq\u0002.";
  private static final String PICKLED_NO_CONSTANTS = "\u0080\u0002).";
  private static final String HEADER =
      """
      class Program(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
      """;

  private final PtSymbolBlock module;

  private Program(PtSymbolBlock module) {
    this.module = module;
  }

  /**
   * Loads the methods in a text resource beside {@code owner}.
   *
   * @throws IllegalArgumentException if the resource is missing or libtorch rejects the source
   */
  public static Program load(Class<?> owner, String resource) {
    return compile(source(owner, resource));
  }

  /** The text of a resource beside {@code owner}. */
  public static String source(Class<?> owner, String resource) {
    try (InputStream in = owner.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("no resource " + resource + " beside " + owner);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Loads the methods in {@code source}. */
  public static Program compile(String source) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("data.pkl", PICKLED_MODULE.getBytes(StandardCharsets.ISO_8859_1));
    entries.put("code/__torch__.py", (HEADER + source.indent(2)).getBytes(StandardCharsets.UTF_8));
    entries.put("constants.pkl", PICKLED_NO_CONSTANTS.getBytes(StandardCharsets.ISO_8859_1));
    entries.put("version", "10\n".getBytes(StandardCharsets.UTF_8));
    return load(entries);
  }

  /** Loads an archive, given by its entries. */
  static Program load(Map<String, byte[]> entries) {
    PtNDManager manager = NativeEngine.manager(Device.cpu());
    return new Program(module(entries, manager));
  }

  /** A module from an archive's entries, in a manager. */
  static PtSymbolBlock module(Map<String, byte[]> entries, PtNDManager manager) {
    // A scope's settings of this thread hold while libtorch compiles.
    try (TensorScope settings = TensorScope.open()) {
      return JniUtils.loadModule(manager, new ByteArrayInputStream(archive(entries)), false, false);
    } catch (RuntimeException | IOException e) {
      String reason = FirstLine.of(e);
      throw new IllegalArgumentException("the TorchScript program does not load: " + reason, e);
    }
  }

  /**
   * Calls a method.
   *
   * @param scope where the results belong
   * @param arguments tensors, lists of tensors, longs, doubles, booleans, strings or long arrays
   * @return the tensors answered: one, or those of a tuple or list, in order
   */
  public List<Tensor> call(TensorScope scope, String method, Object... arguments) {
    IValue[] values = new IValue[arguments.length];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] = value(arguments[i]);
      }
      try (IValue answer = DifferentiableCall.run(module, method, values)) {
        return tensors(answer, scope);
      }
    } finally {
      for (IValue value : values) {
        if (value != null) {
          value.close();
        }
      }
    }
  }

  private static List<Tensor> tensors(IValue answer, TensorScope scope) {
    if (answer.isTensor()) {
      return List.of(new Tensor(answer.toTensor(scope.manager()), scope));
    }
    List<Tensor> tensors = new ArrayList<>();
    if (answer.isTensorList()) {
      for (PtNDArray array : answer.toTensorArray(scope.manager())) {
        tensors.add(new Tensor(array, scope));
      }
      return tensors;
    }
    for (IValue part : answer.toIValueTuple()) {
      try (part) {
        tensors.addAll(tensors(part, scope));
      }
    }
    return tensors;
  }

  private static IValue value(Object argument) {
    if (argument instanceof Tensor tensor) {
      return IValue.from(tensor.array());
    } else if (argument instanceof Double number) {
      return IValue.from(number.doubleValue());
    } else if (argument instanceof Long number) {
      return IValue.from(number.longValue());
    } else if (argument instanceof Boolean flag) {
      return IValue.from(flag.booleanValue());
    } else if (argument instanceof String text) {
      return IValue.from(text);
    } else if (argument instanceof long[] numbers) {
      return IValue.listFrom(numbers);
    } else if (argument instanceof List<?> list) {
      return IValue.listFrom(
          list.stream().map(t -> ((Tensor) t).array()).toArray(PtNDArray[]::new));
    }
    throw new IllegalArgumentException("no TorchScript form for a " + argument.getClass());
  }

  private static byte[] archive(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        store(zip, entry.getKey(), entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry("program/" + name);
    CRC32 checksum = new CRC32();
    checksum.update(content);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(checksum.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
