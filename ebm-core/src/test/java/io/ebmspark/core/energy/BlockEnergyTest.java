package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import io.ebmspark.core.engine.ProcessMemory;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class BlockEnergyTest {
  private static final int ROWS = 7;
  private static final int WIDTH = 3;

  /** The same as {@code mlp [6, 5]} with tanh. */
  private record Tower() implements BlockEnergy {
    @Override
    public Block block() {
      return new SequentialBlock()
          .add(Linear.builder().setUnits(6).build())
          .add(ai.djl.nn.Activation::tanh)
          .add(Linear.builder().setUnits(5).build())
          .add(ai.djl.nn.Activation::tanh)
          .add(Linear.builder().setUnits(1).build());
    }
  }

  private record Images() implements BlockEnergy {
    @Override
    public Block block() {
      return new SequentialBlock()
          .add(Conv2d.builder().setFilters(4).setKernelShape(new Shape(3, 3)).build())
          .add(ai.djl.nn.Activation::tanh)
          .add(Blocks.batchFlattenBlock())
          .add(LayerNorm.builder().build())
          .add(Linear.builder().setUnits(1).build());
    }
  }

  private record OverBatches() implements BlockEnergy {
    @Override
    public Block block() {
      return new SequentialBlock()
          .add(BatchNorm.builder().build())
          .add(Linear.builder().setUnits(1).build());
    }
  }

  private record Wide() implements BlockEnergy {
    @Override
    public Block block() {
      return Linear.builder().setUnits(2).build();
    }
  }

  private static Tensor normals(TensorScope scope, long seed) {
    float[] values = new float[ROWS * WIDTH];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    return scope.upload(values, ROWS, WIDTH);
  }

  @Test
  void itIsTheNetworkOfTheSameLayers() {
    Energy block = new Tower();
    Energy network = new Mlp(List.of(6, 5), Activation.TANH);
    ParameterLayout layout = block.parameters(WIDTH);
    assertThat(layout.parameters().stream().map(Parameter::shape))
        .containsExactlyElementsOf(
            network.parameters(WIDTH).parameters().stream().map(Parameter::shape).toList());
    float[] values = layout.initialise(3);
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor flat = scope.upload(values, values.length).leaf();
      PreparedEnergy own = block.prepare(Weights.of(layout, flat));
      PreparedEnergy other = network.prepare(Weights.of(network.parameters(WIDTH), flat));
      Tensor x = normals(scope, 1);
      Tensor v = normals(scope, 2);
      equal(own.value(x), other.value(x));
      equal(own.gradient(x), other.gradient(x));
      Tensor c = normals(scope, 3).slice(1, 0, 1).squeeze(1);
      equal(own.energies(x).pullBack(c, flat), other.energies(x).pullBack(c, flat));
      equal(own.score(x).pullBack(v, flat), other.score(x).pullBack(v, flat));
      equal(own.slice(x, v).pullBack(c, c, flat), other.slice(x, v).pullBack(c, c, flat));
    }
  }

  private static void equal(Tensor found, Tensor exact) {
    assertThat(found.shape()).isEqualTo(exact.shape());
    assertThat(found.toDoubles()).containsExactly(exact.toDoubles(), within(1e-12));
  }

  @Test
  void convolutionsAndNormalisedLayersPassTheCheck() {
    Energy images = new Images();
    EnergyCheck.check(images, new long[] {1, 6, 6}, 1);
  }

  @Test
  void whatCannotBeAnEnergyIsRefused() {
    assertThatThrownBy(() -> new OverBatches().parameters(WIDTH))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("normalises over batches");
    assertThatThrownBy(() -> new Images().parameters(WIDTH))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not take rows of shape [3]");
    Energy wide = new Wide();
    ParameterLayout layout = wide.parameters(WIDTH);
    try (TensorScope scope = TensorScope.open()) {
      Weights weights = Weights.of(layout, scope.upload(layout.initialise(1), layout.size()));
      assertThatThrownBy(() -> wide.energy(normals(scope, 1), weights))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the block answers [7, 2] for 7 rows");
    }
  }

  /** What a call makes belongs to the scope of its rows, not to that of the weights. */
  @Test
  @Tag("long")
  void memoryStaysFlat() {
    Energy block = new Tower();
    ParameterLayout layout = block.parameters(WIDTH);
    try (TensorScope scope = TensorScope.open()) {
      Weights weights = Weights.of(layout, scope.leaf(layout.initialise(1), layout.size()));
      PreparedEnergy prepared = block.prepare(weights);
      float[] rows = new float[20_000 * WIDTH];
      long before = 0;
      for (int step = 0; step < 600; step++) {
        try (TensorScope work = scope.child()) {
          Tensor x = work.upload(rows, 20_000, WIDTH);
          prepared.gradient(x);
          prepared.energies(x);
        }
        if (step == 150) {
          before = ProcessMemory.now().residentBytes();
        }
      }
      // One step makes some 4 MB: kept, 450 would be 1.8 GB.
      assertThat(ProcessMemory.now().residentBytes() - before).isLessThan(300L << 20);
    }
  }
}
