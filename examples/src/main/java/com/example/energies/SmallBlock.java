package com.example.energies;

import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.ebmspark.core.energy.BlockEnergy;
import io.ebmspark.core.settings.Setting;

/** Layers of DJL's as an energy. */
public record SmallBlock(
    @Setting(value = "width of both hidden layers", defaultsTo = "64") int width)
    implements BlockEnergy {
  @Override
  public Block block() {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(width).build())
        .add(Activation::tanh)
        .add(Linear.builder().setUnits(width).build())
        .add(Activation::tanh)
        .add(Linear.builder().setUnits(1).build());
  }
}
