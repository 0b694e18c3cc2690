package io.ebmspark.core.energy;

import io.ebmspark.core.engine.BlockFunction;
import io.ebmspark.core.engine.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The functions of block energies, each made once a process for a shape of rows. */
final class BlockFunctions {
  private static final Map<Key, BlockFunction> MADE = new ConcurrentHashMap<>();

  private record Key(BlockEnergy energy, List<Long> shape) {}

  private BlockFunctions() {}

  private static BlockFunction of(BlockEnergy energy, long... shape) {
    return MADE.computeIfAbsent(
        new Key(energy, Arrays.stream(shape).boxed().toList()),
        key -> new BlockFunction(energy.block(), shape));
  }

  static ParameterLayout layout(BlockEnergy energy, long... shape) {
    return ParameterLayout.of(
        of(energy, shape).parameters().stream()
            .map(part -> new Parameter(part.name(), part.shape(), initializer(part)))
            .toList());
  }

  private static Initializer initializer(BlockFunction.Trained part) {
    return switch (part.role()) {
      case WEIGHT ->
          Initializer.fanIn(Arrays.stream(part.shape()).skip(1).reduce(1, Math::multiplyExact));
      case BIAS -> Initializer.constant(0);
      case GAIN -> Initializer.constant(1);
    };
  }

  static Tensor energy(BlockEnergy energy, Tensor x, Weights weights) {
    long[] shape = x.shape();
    Tensor answer = of(energy, Arrays.copyOfRange(shape, 1, shape.length)).call(x, weights::get);
    if (answer.count() != shape[0]) {
      throw new IllegalArgumentException(
          "the block answers "
              + Arrays.toString(answer.shape())
              + " for "
              + shape[0]
              + " rows; end it in Linear.builder().setUnits(1).build()");
    }
    return answer.reshape(-1);
  }
}
