package io.ebmspark.core.training;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.objective.ReplaySettings;
import io.ebmspark.core.random.Permutation;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.ChainNoise;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The persistent chains of a run: a fixed number of slots, held by the driver.
 *
 * <p>A step draws distinct slots, all equally likely; some restart from noise; the chains' end
 * points are written back to the same slots. The draw is a function of (seed, step).
 */
final class ReplayBuffer {
  private final ReplaySettings settings;
  private final long[] shape;
  private final int width;
  private final long seed;
  private final float[] states;

  /**
   * A buffer over given states.
   *
   * @param states packed slot by slot; written in place
   * @param seed of the draws
   */
  ReplayBuffer(ReplaySettings settings, long[] shape, float[] states, long seed) {
    this.settings = settings;
    this.shape = shape.clone();
    this.seed = seed;
    this.width = Shapes.width(shape);
    this.states = states;
  }

  /** Noise for every slot, from which the chains of a run start. */
  static float[] starts(ReplaySettings settings, long[] shape, long seed) {
    long[] slots = LongStream.range(0, settings.size()).toArray();
    // Step −1: no training step shares the address of the first states.
    return noise(settings, shape, slots, -1, seed);
  }

  /** The states from which the chains of a step continue, one per row of the batch. */
  float[] draw(long step, int count) {
    long[] slots = slots(step, count);
    float[] restarts = noise(settings, shape, slots, step, seed);
    RandomStream chance = RandomStream.of(seed, Purpose.REPLAY_RESTART, step);
    float[] drawn = new float[count * width];
    for (int i = 0; i < count; i++) {
      boolean restart = chance.uniform(slots[i], 0) < settings.restartFraction();
      float[] source = restart ? restarts : states;
      int from = restart ? i : (int) slots[i];
      System.arraycopy(source, from * width, drawn, i * width, width);
    }
    return drawn;
  }

  /** Writes back the end points of the chains of a step. */
  void write(long step, int count, List<ChainEnds> ends) {
    long[] slots = slots(step, count);
    for (ChainEnds part : ends) {
      for (int i = 0; i < part.positions().length; i++) {
        int slot = (int) slots[part.positions()[i]];
        System.arraycopy(part.states(), i * width, states, slot * width, width);
      }
    }
  }

  private long[] slots(long step, int count) {
    Permutation permutation = Permutation.of(seed, Purpose.REPLAY_DRAW, step, settings.size());
    long[] slots = new long[count];
    permutation.elements(0, slots, 0, count);
    return slots;
  }

  private static float[] noise(
      ReplaySettings settings, long[] shape, long[] slots, long step, long seed) {
    long[] batch = Shapes.batch(slots.length, shape);
    ChainNoise noise = ChainNoise.of(seed, Purpose.CHAIN_START, step, slots);
    try (TensorScope scope = TensorScope.open()) {
      return settings.start().draw(scope, noise, settings.startScale(), batch).toFloats();
    }
  }
}
