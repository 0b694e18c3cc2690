package io.ebmspark.core.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.failure.FirstLine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Function;

/**
 * A block of DJL's layers, called as a function of its input and its parameters. Threads may share
 * one.
 *
 * <p>A block owns its parameters, but has a store look each up in every call; the store here
 * answers with views of the trained vector. So a block is only ever asked what it computes, and
 * nothing of DJL's training (docs/engine.md) takes part.
 */
public final class BlockFunction {
  private final Block block;
  private final List<Trained> parameters;

  /** What a parameter is for, and so how it begins. */
  public enum Role {
    WEIGHT,
    BIAS,
    GAIN
  }

  /** A parameter that is trained, under the block's name for it. */
  public record Trained(String name, long[] shape, Role role) {}

  /**
   * The function of a block.
   *
   * @param shape of one row
   * @throws IllegalArgumentException if the block does not take rows of that shape, or has
   *     parameters that are averages over batches
   */
  public BlockFunction(Block block, long... shape) {
    this.block = block;
    // Its layers learn their shapes; the values that they make are never used, and freed here.
    try (PtNDManager manager = NativeEngine.manager(Device.cpu())) {
      block.initialize(manager, DataType.FLOAT32, new Shape(Shapes.batch(1, shape)));
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "the block does not take rows of shape "
              + Arrays.toString(shape)
              + ": "
              + FirstLine.of(e),
          e);
    }
    List<Trained> found = new ArrayList<>();
    for (Pair<String, Parameter> named : block.getParameters()) {
      String name = named.getKey();
      Parameter parameter = named.getValue();
      found.add(new Trained(name, parameter.getShape().getShape().clone(), role(name, parameter)));
    }
    this.parameters = List.copyOf(found);
  }

  /** The parameters, in the block's order. */
  public List<Trained> parameters() {
    return parameters;
  }

  private static Role role(String name, Parameter parameter) {
    return switch (parameter.getType()) {
      case BIAS, BETA -> Role.BIAS;
      case GAMMA -> Role.GAIN;
      case RUNNING_MEAN, RUNNING_VAR ->
          throw new IllegalArgumentException(
              "the block has a layer that normalises over batches ("
                  + name
                  + "), in which one row's energy depends on others; take LayerNorm");
      default -> Role.WEIGHT;
    };
  }

  /**
   * What the block computes, differentiably in its input and its parameters.
   *
   * @param values by the names of {@link #parameters}
   * @return of whatever shape the block answers, in x's scope
   */
  public Tensor call(Tensor x, Function<String, Tensor> values) {
    IdentityHashMap<Parameter, PtNDArray> given = new IdentityHashMap<>();
    for (Pair<String, Parameter> named : block.getParameters()) {
      given.put(named.getValue(), values.apply(named.getKey()).array());
    }
    TensorScope scope = x.scope();
    // A view, whose memory and that of all that is computed from it belong to x's scope.
    PtNDArray input = x.reshape(x.shape()).array();
    NDList answer = block.forward(new Given(scope.manager(), given), new NDList(input), false);
    return new Tensor((PtNDArray) answer.singletonOrThrow(), scope);
  }

  /** Answers with the values given. */
  private static final class Given extends ParameterStore {
    private final IdentityHashMap<Parameter, PtNDArray> values;

    Given(NDManager manager, IdentityHashMap<Parameter, PtNDArray> values) {
      super(manager, false);
      this.values = values;
    }

    @Override
    public NDArray getValue(Parameter parameter, Device device, boolean training) {
      PtNDArray value = values.get(parameter);
      if (value == null) {
        throw new IllegalArgumentException(
            "the block uses a parameter '" + parameter.getName() + "' that it does not declare");
      }
      return value;
    }
  }
}
