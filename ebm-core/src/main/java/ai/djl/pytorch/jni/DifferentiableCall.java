package ai.djl.pytorch.jni;

import ai.djl.pytorch.engine.PtSymbolBlock;

/**
 * Runs a TorchScript method with gradients recorded.
 *
 * <p>It lives in DJL's package because the native entry point is package-private there: the public
 * {@link IValueUtils#runMethod} always switches gradients off, and {@link IValueUtils#forward}
 * takes no numbers.
 */
public final class DifferentiableCall {
  private DifferentiableCall() {}

  /** Runs {@code method}; the caller closes the arguments and the result. */
  public static IValue run(PtSymbolBlock module, String method, IValue... arguments) {
    long[] handles = new long[arguments.length];
    for (int i = 0; i < handles.length; i++) {
      handles[i] = arguments[i].getHandle();
    }
    return new IValue(
        PyTorchLibrary.LIB.moduleRunMethod(module.getHandle(), method, handles, true, false));
  }
}
