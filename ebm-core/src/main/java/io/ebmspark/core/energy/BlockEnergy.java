package io.ebmspark.core.energy;

import ai.djl.nn.Block;
import io.ebmspark.core.engine.Tensor;

/**
 * An energy that is a block of DJL's layers. Its parameters have the names that the block gives
 * them; weights begin as PyTorch's do, biases at 0, gains at 1.
 *
 * <p>Layers compute as they do outside training: nothing is dropped out. Those that do arithmetic
 * with plain numbers ({@code NDArray.mul(Number)}) may lose gradients (docs/engine.md), which the
 * check before training finds.
 */
public interface BlockEnergy extends Energy {
  /** A new block, (batch, …shape) → (batch) or (batch, 1). */
  Block block();

  @Override
  default ParameterLayout parameters(long... shape) {
    return BlockFunctions.layout(this, shape);
  }

  @Override
  default Tensor energy(Tensor x, Weights weights) {
    return BlockFunctions.energy(this, x, weights);
  }
}
