package io.ebmspark.core.engine;

import ai.djl.Device;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.DifferentiableCall;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.program.Archive;
import io.ebmspark.core.program.Sources;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A TorchScript program: many tensor operations in one native call.
 *
 * <p>Its source is a text resource, and nothing else: the {@link Archive} libtorch loads is
 * assembled from it in memory, so the repository holds no binary and the build needs no Python. A
 * program holds no tensors; any number of threads may call it at once.
 */
public final class Program {
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
    return compile(Sources.text(owner, resource));
  }

  /** Loads the methods in {@code source}. */
  public static Program compile(String source) {
    return load(Archive.ofMethods(source));
  }

  /** Loads an archive. */
  static Program load(Archive archive) {
    PtNDManager manager = NativeEngine.manager(Device.cpu());
    return new Program(module(archive, manager));
  }

  /** The module of an archive, in a manager. */
  static PtSymbolBlock module(Archive archive, PtNDManager manager) {
    // The scope's thread settings apply while libtorch compiles.
    try (TensorScope settings = TensorScope.open()) {
      return JniUtils.loadModule(manager, new ByteArrayInputStream(archive.bytes()), false, false);
    } catch (RuntimeException | IOException e) {
      String reason = FirstLine.of(e);
      throw new IllegalArgumentException("the TorchScript program does not load: " + reason, e);
    }
  }

  /**
   * What a method keeps for another that is called later, such as the way back to the parameters:
   * tensors that are handed on without becoming {@link Tensor}s, which would cost more than what
   * many of them take to compute.
   */
  public static final class Kept {
    private final IValue value;

    private Kept(IValue value, TensorScope scope) {
      this.value = value;
      scope.manager().attachInternal(value.getUid(), value);
    }
  }

  /**
   * What a method answered.
   *
   * @param tensors for whoever called it
   * @param kept for a method called later
   */
  public record Answer(List<Tensor> tensors, Kept kept) {}

  /**
   * Calls a method.
   *
   * @param scope where the results belong
   * @param arguments tensors, lists of tensors, what was kept, longs, doubles, booleans, strings or
   *     long arrays
   * @return the tensors returned: one, or those of a tuple or list, in order
   */
  public List<Tensor> call(TensorScope scope, String method, Object... arguments) {
    try (IValue answer = run(method, arguments)) {
      return tensors(answer, scope);
    }
  }

  /** Calls a method that returns a tuple: tensors, and last a list of those to keep. */
  public Answer callKeeping(TensorScope scope, String method, Object... arguments) {
    try (IValue answer = run(method, arguments)) {
      IValue[] parts = answer.toIValueTuple();
      int last = parts.length - 1;
      List<Tensor> tensors = new ArrayList<>();
      for (int i = 0; i < last; i++) {
        try (IValue part = parts[i]) {
          tensors.addAll(tensors(part, scope));
        }
      }
      return new Answer(tensors, new Kept(parts[last], scope));
    }
  }

  /** Calls a method that returns a list of tensors, all of them to keep. */
  public Kept keep(TensorScope scope, String method, Object... arguments) {
    return new Kept(run(method, arguments), scope);
  }

  private IValue run(String method, Object... arguments) {
    IValue[] values = new IValue[arguments.length];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] = value(arguments[i]);
      }
      return DifferentiableCall.run(module, method, values);
    } finally {
      for (int i = 0; i < values.length; i++) {
        if (values[i] != null && !(arguments[i] instanceof Kept)) {
          values[i].close();
        }
      }
    }
  }

  /** Writes the module as it is now. */
  void write(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      JniUtils.writeModule(module, out, false);
    }
  }

  /** Frees the module, which nobody may call any more. */
  void close() {
    module.close();
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
    } else if (argument instanceof Kept kept) {
      return kept.value;
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
}
