package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Tensor;
import java.util.List;

/** An energy that is computed under several weights, each with rows of its own, in one call. */
public interface Stackable {
  /**
   * The scores of rows under weights that are not mapped.
   *
   * @param x (networks, batch, …shape)
   * @param each the networks' weights, which lie one behind the other in the vector
   * @return energies (networks, batch), gradients of x's shape, and the way back from such
   */
  Score scores(Tensor x, List<Weights> each);
}
