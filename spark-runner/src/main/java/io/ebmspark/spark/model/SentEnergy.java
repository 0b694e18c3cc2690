package io.ebmspark.spark.model;

import ai.djl.Device;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.ProcessCache;
import io.ebmspark.spark.Sent;
import io.ebmspark.spark.TaskDevice;
import java.io.Serializable;
import java.util.UUID;

/**
 * A trained energy to send to executors: settings as text, weights as numbers. Each process opens
 * it once, for all its tasks.
 */
public final class SentEnergy implements Serializable {
  private static final long serialVersionUID = 1;

  private record Content(@Setting("the energy") Energy energy) {}

  private final String id = UUID.randomUUID().toString();
  private final Sent<Content> content;
  private final long[] shape;
  private final float[] parameters;

  /**
   * An energy to send.
   *
   * @param shape the shape of one row
   */
  public SentEnergy(Energy energy, long[] shape, float[] parameters) {
    this.content = new Sent<>(new Content(energy));
    this.shape = shape.clone();
    this.parameters = parameters;
  }

  /** This process's opened energy, on the calling task's device. */
  public ProcessCache.Lease<RowEnergies> open() {
    Device device = TaskDevice.current();
    return ProcessCache.lease(
        id + "@" + device,
        () -> new RowEnergies(content.value(Content.class).energy(), shape, parameters, device));
  }

  /** Frees what this process opened on the CPU; other processes do so once it is idle. */
  public void release() {
    ProcessCache.release(id + "@" + Device.cpu());
  }
}
