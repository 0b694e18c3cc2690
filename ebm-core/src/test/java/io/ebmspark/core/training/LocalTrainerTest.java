package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.objective.ContrastiveDivergence;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.objective.PersistentContrastiveDivergence;
import io.ebmspark.core.objective.ReplaySettings;
import io.ebmspark.core.objective.ShortRun;
import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.optimizer.Sgd;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.Langevin;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.schedule.Schedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalTrainerTest {
  private static final Energy ENERGY = new Mlp(List.of(16, 16), Activation.SILU);
  private static final long[] SHAPE = {2};
  private static final int ROWS = 101;

  private static final Langevin SAMPLER = new Langevin(Schedule.of(0.01), Schedule.of(0.3));

  static List<Objective> objectives() {
    return List.of(
        new DenoisingScoreMatching(Schedule.of(0.2)),
        new ContrastiveDivergence(5, SAMPLER, 1e-3),
        new PersistentContrastiveDivergence(
            5, SAMPLER, 1e-3, new ReplaySettings(128, 0.1, StartNoise.NORMAL, 1)));
  }

  private static TrainingSettings settings(Objective objective, long steps, int batchSize) {
    return new TrainingSettings(
        objective,
        new Adam(0.9, 0.999, 1e-8),
        Schedule.of(1e-3),
        steps,
        batchSize,
        1,
        Optional.of(10.0),
        0.99,
        16,
        4);
  }

  private static float[] rows() {
    float[] values = new float[ROWS * 2];
    RandomStream.of(8, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    return values;
  }

  /** Cuts the rows at the given indices. */
  private static List<RowBlock> shards(int... cuts) {
    List<RowBlock> shards = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : ROWS;
      shards.add(new RowBlock(from, 2, Arrays.copyOfRange(rows(), from * 2, to * 2)));
      from = to;
    }
    return shards;
  }

  @ParameterizedTest
  @MethodSource("objectives")
  void gradientIsIndependentOfPartitioning(Objective objective) {
    TrainingSettings settings = settings(objective, 1, ROWS);
    double[] whole = gradient(settings, shards());
    for (List<RowBlock> parts : List.of(shards(50), shards(7, 90), shards(0, 0, 3, 40, 41, 101))) {
      double[] sum = gradient(settings, parts);
      // Products of other lengths round otherwise, by some 1e-7 each, and the two phases of
      // contrastive divergence cancel to a part of either; a row left out would make 1e-2.
      assertThat(distance(sum, whole) / norm(whole)).isLessThan(1e-5);
    }
  }

  private static double[] gradient(TrainingSettings settings, List<RowBlock> shards) {
    GradientWorker worker = new GradientWorker(ENERGY, SHAPE, settings, ROWS);
    float[] parameters = ENERGY.parameters(SHAPE).initialise(1);
    float[] starts = settings.objective().replay().isPresent() ? rows() : null;
    StepRequest request = new StepRequest(0, settings.seed(), parameters, starts);
    StepTotal total = worker.total(request, 0, shards.iterator(), Device.cpu());
    assertThat(total.rows()).isEqualTo(ROWS);
    assertThat(total.chainEnds()).hasSize(starts == null ? 0 : (int) occupied(shards));
    return wide(total.gradient());
  }

  private static long occupied(List<RowBlock> shards) {
    return shards.stream().filter(shard -> shard.rows() > 0).count();
  }

  @ParameterizedTest
  @MethodSource("objectives")
  void runsRepeatToTheBitWhateverTheThreads(Objective objective) {
    TrainingSettings settings = settings(objective, 30, 32);
    List<RowBlock> shards = shards(5, 17, 17, 30, 42, 60, 61, 77, 90, 98);
    float[] first = LocalTrainer.train(ENERGY, SHAPE, settings, shards, m -> {}).parameters();
    GradientWorker worker = new GradientWorker(ENERGY, SHAPE, settings, ROWS);
    try (LocalGradients threads = new LocalGradients(worker, shards, 3)) {
      float[] second =
          new Trainer(ENERGY, SHAPE, settings).train(threads, worker.plan(), m -> {}).parameters();
      assertThat(second).containsExactly(first);
    }
    TrainingSettings reseeded =
        new TrainingSettings(
            objective,
            settings.optimizer(),
            settings.learningRate(),
            30,
            32,
            1,
            Optional.of(10.0),
            0.99,
            16,
            5);
    assertThat(LocalTrainer.train(ENERGY, SHAPE, reseeded, shards, m -> {}).parameters())
        .isNotEqualTo(first);
  }

  @Test
  void partitioningChangesARunOnlyByRounding() {
    TrainingSettings settings = settings(new DenoisingScoreMatching(Schedule.of(0.2)), 50, 32);
    float[] one = LocalTrainer.train(ENERGY, SHAPE, settings, shards(), m -> {}).parameters();
    float[] five =
        LocalTrainer.train(ENERGY, SHAPE, settings, shards(0, 20, 21, 80), m -> {}).parameters();
    assertThat(distance(wide(five), wide(one)) / norm(wide(one))).isLessThan(1e-4);
  }

  @Test
  void lossFalls() {
    List<Double> losses = new ArrayList<>();
    TrainingSettings settings = settings(new DenoisingScoreMatching(Schedule.of(0.5)), 300, 101);
    LocalTrainer.train(ENERGY, SHAPE, settings, shards(), m -> losses.add(m.loss()));
    double early = losses.subList(0, 20).stream().mapToDouble(d -> d).average().orElseThrow();
    double late = losses.subList(280, 300).stream().mapToDouble(d -> d).average().orElseThrow();
    // ½E‖n/τ²‖² = 1/τ² = 4 where nothing is learnt; 4 − 1/(1+τ²)·… = 3.2 at the optimum.
    assertThat(early).isGreaterThan(3.4);
    assertThat(late).isLessThan(early - 0.3);
  }

  @Test
  void explodingRunStopsAndSaysWhereAndWhatToDo() {
    TrainingSettings wild =
        new TrainingSettings(
            new ContrastiveDivergence(5, new Langevin(Schedule.of(1e38), Schedule.of(1)), 1e-3),
            new Sgd(0),
            Schedule.of(1e18),
            100,
            32,
            1,
            Optional.empty(),
            0.9,
            16,
            0);
    assertThatThrownBy(() -> LocalTrainer.train(ENERGY, SHAPE, wild, shards(50), m -> {}))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("diverged at step")
        .hasMessageContaining("not finite")
        .hasMessageContaining("(shard 0)")
        .hasMessageContaining("learningRate");
  }

  /** Whether or not the states are kept for a replay buffer. */
  @Test
  void chainsThatLeaveTheFiniteNumbersAreSeen() {
    Langevin wild = new Langevin(Schedule.of(0.01), Schedule.of(1e42));
    for (Objective objective :
        List.of(
            new ContrastiveDivergence(5, wild, 1e-3),
            new PersistentContrastiveDivergence(
                5, wild, 1e-3, new ReplaySettings(128, 0.1, StartNoise.NORMAL, 1)))) {
      TrainingSettings settings = settings(objective, 1, ROWS);
      assertThatThrownBy(() -> LocalTrainer.train(ENERGY, SHAPE, settings, shards(50), m -> {}))
          .isInstanceOf(DivergedException.class)
          .hasMessageContaining("chain state is not finite in 16 of 16 states (shard 0)");
    }
  }

  @Test
  void aStepThatMissesRowsIsNoStep() {
    TrainingSettings settings = settings(new DenoisingScoreMatching(Schedule.of(0.2)), 3, ROWS);
    GradientWorker worker = new GradientWorker(ENERGY, SHAPE, settings, ROWS);
    Trainer trainer = new Trainer(ENERGY, SHAPE, settings);
    try (LocalGradients some = new LocalGradients(worker, shards(50).subList(0, 1), 1)) {
      assertThatThrownBy(() -> trainer.train(some, worker.plan(), m -> {}))
          .hasMessage("step 0 summed 50 rows of a batch of 101");
    }
  }

  @Test
  void lossNearItsFloorIsDivergence() {
    double penalty = 0.5; // floor −1
    TrainingSettings greedy =
        new TrainingSettings(
            new ShortRun(
                1, new Langevin(Schedule.of(1e-9), Schedule.of(1)), penalty, StartNoise.NORMAL, 30),
            new Adam(0.9, 0.999, 1e-8),
            Schedule.of(3e-2),
            2_000,
            101,
            1,
            Optional.empty(),
            0.9,
            512,
            0);
    assertThatThrownBy(() -> LocalTrainer.train(ENERGY, SHAPE, greedy, shards(), m -> {}))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("nears its floor -1.0");
  }

  @Test
  void everyRowIsInOneBatchAnEpoch() {
    BatchPlan plan = new BatchPlan(100, 25, 3);
    for (long epoch = 0; epoch < 3; epoch++) {
      Set<Long> seen = new HashSet<>();
      for (long step = 4 * epoch; step < 4 * epoch + 4; step++) {
        for (long row : plan.rows(step)) {
          seen.add(row);
        }
      }
      assertThat(seen).hasSize(100);
    }
    assertThat(plan.rows(0)).isNotEqualTo(plan.rows(4));
  }

  @Test
  void replayedChainsComeBackToTheSlotsTheyWereDrawnFrom() {
    ReplaySettings settings = new ReplaySettings(40, 0, StartNoise.NORMAL, 1);
    float[] states = ReplayBuffer.starts(settings, SHAPE, 9);
    ReplayBuffer buffer = new ReplayBuffer(settings, SHAPE, states, 9);
    float[] drawn = buffer.draw(7, 10);
    float[] ends = new float[20];
    Arrays.fill(ends, 0, 20, 99);
    int[] positions = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    buffer.write(7, 10, List.of(new ChainEnds(positions, ends)));
    assertThat(buffer.draw(7, 10)).containsOnly(99f);
    assertThat(drawn).doesNotContain(99f);
    float[] all = buffer.draw(8, 40);
    int written = 0;
    for (float value : all) {
      written += value == 99f ? 1 : 0;
    }
    assertThat(written).isEqualTo(20);
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  private static double norm(double[] a) {
    return distance(a, new double[a.length]);
  }

  /** {@code a ← dₙa + (1−dₙ)θ} with {@code dₙ = min(d, (1+n)/(10+n))}, from the θ of every step. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 0.99})
  void movingAverageIsThatOfTheFormula(double decay) {
    TrainingSettings settings = averaged(decay);
    List<float[]> sent = new ArrayList<>();
    GradientWorker worker = new GradientWorker(ENERGY, SHAPE, settings, ROWS);
    TrainingState state;
    try (LocalGradients gradients = new LocalGradients(worker, shards(), 1)) {
      state =
          new Trainer(ENERGY, SHAPE, settings)
              .train(
                  request -> {
                    sent.add(request.parameters().clone());
                    return gradients.total(request);
                  },
                  worker.plan(),
                  m -> {});
    }
    sent.add(state.parameters());
    assertThat(sent).hasSize(41);
    double[] average = wide(sent.get(0));
    for (int n = 0; n < 40; n++) {
      double d = decay == 0 ? 0 : Math.min(decay, (1.0 + n) / (10.0 + n));
      for (int i = 0; i < average.length; i++) {
        average[i] = d * average[i] + (1 - d) * sent.get(n + 1)[i];
      }
    }
    // Floats in the product, doubles here; the parameters move by far more than that.
    assertThat(distance(wide(state.average()), average)).isLessThan(1e-6 * norm(average));
    assertThat(distance(wide(sent.get(0)), wide(state.parameters()))).isGreaterThan(1e-2);
  }

  private static TrainingSettings averaged(double decay) {
    return new TrainingSettings(
        new DenoisingScoreMatching(Schedule.of(0.5)),
        new Adam(0.9, 0.999, 1e-8),
        Schedule.of(1e-2),
        40,
        101,
        1,
        Optional.empty(),
        decay,
        16,
        4);
  }
}
