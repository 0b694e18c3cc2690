package io.ebmspark.core.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;

/** Whether this process can compute on the GPU that Spark gave a task. */
final class Gpus {
  private Gpus() {}

  /**
   * Rejects a GPU that libtorch cannot use.
   *
   * @throws NativeLibraryException if its build is for CPUs, or it does not see the GPU
   */
  static void require(Engine engine, Device gpu) {
    if (!engine.hasCapability(StandardCapabilities.CUDA)) {
      throw new NativeLibraryException(
          "a task was given GPU "
              + gpu.getDeviceId()
              + " of "
              + NativeEngine.host()
              + ", and the jar's libtorch is for CPUs; build the jar for GPUs (docs/gpu.md), or take"
              + " spark.task.resource.gpu.amount out of the settings",
          null);
    }
    int visible = engine.getGpuCount();
    if (gpu.getDeviceId() >= visible) {
      throw new NativeLibraryException(
          "a task was given GPU "
              + gpu.getDeviceId()
              + " of "
              + NativeEngine.host()
              + ", where libtorch sees "
              + (visible == 0 ? "none" : visible + ", counted from 0")
              + "; look at its driver (nvidia-smi), CUDA_VISIBLE_DEVICES and"
              + " spark.executor.resource.gpu.discoveryScript",
          null);
    }
  }
}
