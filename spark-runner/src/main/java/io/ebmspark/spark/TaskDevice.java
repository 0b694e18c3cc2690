package io.ebmspark.spark;

import ai.djl.Device;
import io.ebmspark.core.settings.BadSettingException;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/** The device a task computes on: the GPU Spark gave it, or else the CPU. */
public final class TaskDevice {
  private static final String GPU = "gpu";
  private static final String GPUS_PER_TASK = "spark.task.resource.gpu.amount";

  private TaskDevice() {}

  /** The device of the task this thread runs; the CPU outside any task. */
  public static Device current() {
    TaskContext task = TaskContext.get();
    if (task == null) {
      return Device.cpu();
    }
    ResourceInformation gpu = task.resourcesJMap().get(GPU);
    return gpu == null ? Device.cpu() : Device.gpu(Integer.parseInt(gpu.addresses()[0].trim()));
  }

  /**
   * Rejects settings under which tasks would share a GPU: their memory and kernels would collide.
   *
   * @throws BadSettingException naming the setting to change
   */
  public static void check(SparkConf conf) {
    String amount = conf.get(GPUS_PER_TASK, "");
    if (!amount.isEmpty() && Double.parseDouble(amount) < 1) {
      throw new BadSettingException(
          GPUS_PER_TASK,
          "is " + amount + ", so that several tasks would share one GPU; set it to 1");
    }
  }
}
