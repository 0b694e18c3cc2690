package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.objective.Batch;
import io.ebmspark.core.objective.GradientPenalty;
import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.optimizer.Sgd;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.settings.BadSettingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class GradientWorkerTest {
  private static final int WIDTH = 7;
  private static final int BLOCK = 8;

  /** As many parameters as a row has values. */
  private record Linear() implements Energy {
    @Override
    public ParameterLayout parameters(long... shape) {
      return ParameterLayout.of(new Parameter("w", shape, Initializer.constant(0)));
    }

    @Override
    public Tensor energy(Tensor x, Weights weights) {
      return x.mul(weights.get("w")).sumPerRow();
    }
  }

  /** The energy itself, so that a row is its own gradient. */
  private record EnergyItself() implements Objective {
    @Override
    public double temperature() {
      return 1;
    }

    @Override
    public Losses losses(PreparedEnergy energy, Batch batch) {
      return new Losses(energy.at(batch.rows()), Map.of(), null);
    }
  }

  /** An objective of someone who has other things in mind. */
  private record Mistaken(BiFunction<PreparedEnergy, Tensor, Losses> mistake) implements Objective {
    @Override
    public double temperature() {
      return 1;
    }

    @Override
    public Losses losses(PreparedEnergy energy, Batch batch) {
      return mistake.apply(energy, batch.rows());
    }
  }

  private static GradientWorker worker(int rows) {
    return worker(new Linear(), new EnergyItself(), rows);
  }

  private static GradientWorker worker(Energy energy, Objective objective, int rows) {
    TrainingSettings settings =
        new TrainingSettings(
            objective, new Sgd(0), Schedule.of(1e-3), 1, rows, 1, Optional.empty(), 0, BLOCK, 0);
    return new GradientWorker(energy, new long[] {WIDTH}, settings, rows);
  }

  private static StepRequest request() {
    return new StepRequest(0, 0, new float[WIDTH], null);
  }

  private static RowBlock shard(long firstRow, float[]... rows) {
    float[] values = new float[rows.length * WIDTH];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, values, i * WIDTH, WIDTH);
    }
    return new RowBlock(firstRow, WIDTH, values);
  }

  private static float[] row(Random random) {
    float[] row = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      row[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(6)));
    }
    return row;
  }

  /** A row a shard, so that each sum is that of the rows over the tree, with no other rounding. */
  @Test
  void shardsAreAddedOverTheTree() {
    Random random = new Random(1);
    int unlikeInOrder = 0;
    for (int shards = 1; shards < 40; shards++) {
      List<RowBlock> blocks = new ArrayList<>();
      float[][] rows = new float[shards][];
      float[] inOrder = new float[WIDTH];
      for (int i = 0; i < shards; i++) {
        rows[i] = row(random);
        blocks.add(shard(i, rows[i]));
        for (int j = 0; j < WIDTH; j++) {
          inOrder[j] += rows[i][j];
        }
      }
      StepTotal total = worker(shards).total(request(), 0, blocks.iterator(), Device.cpu());
      float[] expected = tree(rows, 0, 64);
      assertThat(total.gradient()).containsExactly(expected);
      unlikeInOrder += Arrays.equals(inOrder, expected) ? 0 : 1;
    }
    assertThat(unlikeInOrder).isGreaterThan(20);
  }

  private static float[] tree(float[][] rows, int first, int size) {
    if (size == 1) {
      return rows[first];
    }
    float[] left = tree(rows, first, size / 2);
    if (first + size / 2 >= rows.length) {
      return left;
    }
    float[] right = tree(rows, first + size / 2, size / 2);
    float[] sum = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      sum[i] = left[i] + right[i];
    }
    return sum;
  }

  /** Rows of few digits, so that a block's own sum is exact. */
  @Test
  void blocksOfAShardAreAddedInDoubles() {
    Random random = new Random(2);
    float[][] rows = new float[6 * BLOCK][];
    double[] wide = new double[WIDTH];
    float[] narrow = new float[WIDTH];
    for (int block = 0; block < 6; block++) {
      float[] row = new float[WIDTH];
      for (int i = 0; i < WIDTH; i++) {
        row[i] = (1 + random.nextInt(1 << 20)) * (float) (1 << random.nextInt(20));
      }
      Arrays.fill(rows, block * BLOCK, (block + 1) * BLOCK, row);
      for (int i = 0; i < WIDTH; i++) {
        wide[i] += BLOCK * (double) row[i];
        narrow[i] += BLOCK * row[i];
      }
    }
    StepTotal total =
        worker(rows.length).total(request(), 0, List.of(shard(0, rows)).iterator(), Device.cpu());
    float[] expected = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      expected[i] = (float) wide[i];
    }
    assertThat(total.gradient()).containsExactly(expected);
    assertThat(narrow).isNotEqualTo(expected);
  }

  @Test
  void blocksAreOfEqualLengthAndNearWhatWasAskedFor() {
    assertThat(GradientWorker.blocks(1, 512)).isEqualTo(1);
    assertThat(GradientWorker.blocks(530, 512)).isEqualTo(1);
    assertThat(GradientWorker.blocks(800, 512)).isEqualTo(2);
    for (int rows = BLOCK; rows < 100; rows++) {
      double length = (double) rows / GradientWorker.blocks(rows, BLOCK);
      assertThat(length).isBetween(2.0 / 3 * BLOCK, 1.5 * BLOCK);
    }
  }

  @Test
  void aGradientThatIsNotFiniteIsNamedAndOneWhoseSumOverflowsIsNot() {
    float[] large = new float[WIDTH];
    Arrays.fill(large, 3e38f);
    StepTotal fine =
        worker(1).total(request(), 0, List.of(shard(0, large)).iterator(), Device.cpu());
    assertThat(fine.problem()).isNull();
    assertThat(fine.gradient()).containsExactly(large);

    float[] twice = new float[WIDTH];
    twice[4] = 3e38f;
    List<RowBlock> shards =
        List.of(shard(0, new float[WIDTH]), shard(1, twice, twice), shard(3, new float[WIDTH]));
    StepTotal bad = worker(4).total(request(), 0, shards.iterator(), Device.cpu());
    assertThat(bad.problem()).isEqualTo("gradient of parameter 4 is Infinity (shard 1)");
    assertThat(bad.shards()).isEqualTo(3);
  }

  /** A mean, above all, whose sums would depend on how the rows are cut into blocks. */
  @Test
  void lossesThatAreNotOneForEachRowAreRefused() {
    refused(
        "returns losses of the shape []; it must return one number for each row, [9]",
        (energy, x) -> new Losses(energy.at(x).mean(), Map.of(), null));
    refused(
        "returns losses of the shape [9, 7]",
        (energy, x) -> new Losses(energy.at(x).reshape(9, 1).mul(x), Map.of(), null));
    refused(
        "returns a report of mean of the shape []",
        (energy, x) -> new Losses(energy.at(x), Map.of("mean", energy.at(x).mean()), null));
    refused(
        "returns a report of loss, which metrics have already; rename it",
        (energy, x) -> new Losses(energy.at(x), Map.of("loss", energy.at(x)), null));
    refused(
        "returns ends of chains of the shape [9], where the rows have [9, 7]",
        (energy, x) -> new Losses(energy.at(x), Map.of(), energy.at(x)));
    refused(
        "losses do not depend differentiably on the energy's parameters",
        (energy, x) -> new Losses(energy.value(x), Map.of(), null));
    Objective mean = new Mistaken((energy, x) -> new Losses(energy.at(x).mean(), Map.of(), null));
    assertThatThrownBy(() -> total(new Linear(), new GradientPenalty(mean, 1)))
        .hasMessageContaining("Mistaken, which returns losses of the shape []");
    assertThatThrownBy(() -> total(new Harmonic(1), new EnergyItself()))
        .hasMessage(
            "energy is "
                + Harmonic.class.getName()
                + ", which has no parameters: nothing to train");
  }

  private static void refused(String message, BiFunction<PreparedEnergy, Tensor, Losses> mistake) {
    assertThatThrownBy(() -> total(new Linear(), new Mistaken(mistake)))
        .isInstanceOf(BadSettingException.class)
        .hasMessageStartingWith("training.objective is " + Mistaken.class.getName())
        .hasMessageContaining(message);
  }

  private static StepTotal total(Energy energy, Objective objective) {
    RowBlock shard = new RowBlock(0, WIDTH, new float[9 * WIDTH]);
    float[] parameters = new float[energy.parameters(WIDTH).size()];
    return worker(energy, objective, 9)
        .total(new StepRequest(0, 0, parameters, null), 0, List.of(shard).iterator(), Device.cpu());
  }

  /** Tasks of one process, all at once, over and over: they share the parameters. */
  @Test
  void tasksThatShareTheirParametersDoNotDisturbEachOther() throws Exception {
    Random random = new Random(3);
    int tasks = 4;
    List<RowBlock> shards = new ArrayList<>();
    for (int i = 0; i < 4 * tasks; i++) {
      shards.add(shard(i, row(random)));
    }
    GradientWorker worker = worker(shards.size());
    float[] expected =
        worker.total(request(), 0, shards.iterator(), Device.cpu()).gradient().clone();
    ExecutorService threads = Executors.newFixedThreadPool(tasks);
    try {
      for (int round = 0; round < 50; round++) {
        StepRequest request = request();
        CountDownLatch start = new CountDownLatch(1);
        List<Future<StepTotal>> runs = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
          int first = 4 * task;
          runs.add(
              threads.submit(
                  () -> {
                    start.await();
                    return worker.total(
                        request, first, shards.subList(first, first + 4).iterator(), Device.cpu());
                  }));
        }
        start.countDown();
        StepTotal total = runs.get(0).get();
        for (Future<StepTotal> run : runs.subList(1, tasks)) {
          total.append(run.get());
        }
        assertThat(total.gradient()).containsExactly(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
