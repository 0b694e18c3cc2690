package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.optimizer.Optimizer;
import io.ebmspark.core.optimizer.Sgd;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that start where another ended. */
class WarmStartTest {
  private static final long[] SHAPE = {2};
  private static final int ROWS = 60;
  private static final String MLP = "{kind: mlp, hidden: [6]}";
  private static final String PCD =
      "{kind: persistent-contrastive-divergence, steps: 3, buffer: {size: 40, burnIn: 2}}";

  /** Without random numbers and on all rows at once, a step depends only on the state. */
  private static final String FIXED =
      "objective: {kind: exact-score-matching}, batchSize: 60, learningRate: 0.01";

  private record Job(
      @Setting("energy") Energy energy, @Setting("training") TrainingSettings training) {}

  private static Job job(String energy, String training, long steps) {
    String yaml = "{energy: %s, training: {%s, steps: %d}}".formatted(energy, training, steps);
    return SettingsBinder.bind(SettingsTree.parse("warm", yaml), Job.class);
  }

  private static List<RowBlock> rows() {
    float[] values = new float[2 * ROWS];
    RandomStream.of(5, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    return List.of(new RowBlock(0, 2, values));
  }

  private static TrainingState train(Job job, Optional<TrainingState> start) {
    return LocalTrainer.train(job.energy(), SHAPE, job.training(), rows(), m -> {}, start);
  }

  private static TrainingState train(Job job) {
    return train(job, Optional.empty());
  }

  /** An energy that kept state outside its parameters would end elsewhere. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        MLP,
        "{kind: spectral-norm, energy: {kind: mlp, hidden: [6]}}",
        "{kind: sum, terms: [{kind: mlp, hidden: [6]}, {kind: harmonic}]}",
        "{kind: scaled, energy: {kind: residual-mlp, width: 4, blocks: 1}, factor: 2, learnt: true}",
      })
  void twiceNStepsAreNStepsAndThenNMore(String energy) {
    TrainingState whole = train(job(energy, FIXED, 24));
    TrainingState half = train(job(energy, FIXED, 12));
    TrainingState both = train(job(energy, FIXED, 12), Optional.of(half.goingOn()));
    assertThat(both.parameters()).isEqualTo(whole.parameters()).isNotEqualTo(half.parameters());
    assertThat(both.average()).isEqualTo(whole.average());
    assertThat(both.moments()).isDeepEqualTo(whole.moments());
    assertThat(both.step()).isEqualTo(12);
    assertThat(both.stepsBefore()).isEqualTo(12);
    // And a third night counts the steps of both earlier ones.
    assertThat(both.goingOn().stepsBefore()).isEqualTo(24);
  }

  /** What would be lost if the moments were kept but their steps forgotten. */
  @Test
  void keptMomentsAreNotDividedAsIfTheyWereNew() {
    Job job = job(MLP, FIXED, 1);
    TrainingState half = train(job(MLP, FIXED, 12));
    TrainingState kept = half.goingOn();
    TrainingState forgetful =
        new TrainingState(
            kept.parameters(), kept.average(), kept.moments(), null, 0, 0, /* stepsBefore= */ 0);
    double right = distance(train(job, Optional.of(kept)).parameters(), half.parameters());
    double wrong = distance(train(job, Optional.of(forgetful)).parameters(), half.parameters());
    double next = distance(train(job(MLP, FIXED, 13)).parameters(), half.parameters());
    assertThat(right).isEqualTo(next);
    assertThat(wrong).isNotCloseTo(next, within(next / 4));
  }

  @Test
  void aResetOptimiserBeginsAtTheAverageWithoutMemory() {
    TrainingState half = train(job(MLP, FIXED, 12));
    Job one = job(MLP, FIXED, 1);
    TrainingState reset = TrainingState.initial(half.average().clone(), one.training().optimizer());
    TrainingState first = train(one, Optional.of(reset));
    assertThat(first.stepsBefore()).isZero();
    // Adam's first step is the learning rate in every coordinate, but for gradients as small as ε.
    double most = 0;
    for (int i = 0; i < half.average().length; i++) {
      most = Math.max(most, Math.abs(first.parameters()[i] - half.average()[i]));
    }
    assertThat(most).isCloseTo(0.01, within(1e-6));
    assertThat(first.parameters())
        .isNotEqualTo(train(one, Optional.of(half.goingOn())).parameters());
  }

  private static double distance(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += Math.pow(a[i] - b[i], 2);
    }
    return Math.sqrt(squares);
  }

  /** Keeps the last state; stops or continues as told. */
  private static final class Memory implements Checkpoints {
    private Optional<TrainingState> kept = Optional.empty();

    @Override
    public Optional<TrainingState> latest() {
      return kept.map(TrainingState::copy);
    }

    @Override
    public void save(TrainingState state) {
      kept = Optional.of(state.copy());
    }
  }

  private static TrainingState run(
      Job job, TrainingState start, Checkpoints checkpoints, long stopAt) {
    GradientWorker worker = new GradientWorker(job.energy(), SHAPE, job.training(), ROWS);
    try (LocalGradients gradients = new LocalGradients(worker, rows(), 1)) {
      long[] asked = {0};
      return new Trainer(job.energy(), SHAPE, job.training(), Optional.of(start))
          .train(gradients, worker.plan(), m -> {}, checkpoints, () -> asked[0]++ == stopAt);
    }
  }

  @ParameterizedTest
  @CsvSource({"keep, 0", "keep, 7", "reset, 0", "reset, 7"})
  void aWarmRunThatWasCutShortEndsInTheSameBits(String memory, int stopAt) {
    Job job = job(MLP, "batchSize: 20, objective: " + PCD, 12);
    TrainingState champion = train(job);
    TrainingState start = champion.goingOn();
    if (memory.equals("reset")) {
      start =
          TrainingState.initial(champion.average().clone(), job.training().optimizer())
              .withReplay(champion.replay());
    }
    String before = start.digest();
    TrainingState undisturbed = run(job, start, Checkpoints.NONE, -1);
    assertThat(start.digest()).as("the start is left as it was").isEqualTo(before);
    Memory kept = new Memory();
    TrainingState begin = start;
    assertThatThrownBy(() -> run(job, begin, kept, stopAt)).isInstanceOf(StoppedException.class);
    if (stopAt == 0) {
      assertThat(kept.latest().orElseThrow().average())
          .as("no step is no change")
          .isEqualTo(champion.average());
    }
    assertThat(run(job, start, kept, -1).digest()).isEqualTo(undisturbed.digest());
  }

  @Test
  void chainsGoOnWhereTheyWereUnlessThereAreMoreOrFewer() {
    Job job = job(MLP, "batchSize: 20, objective: " + PCD, 12);
    TrainingState champion = train(job);
    float[] kept = firstChains(job, champion.goingOn());
    int width = 2;
    for (int i = 0; i < 20; i++) {
      int slot = indexOf(champion.replay(), kept[i * width], kept[i * width + 1]);
      assertThat(slot).as("chain %d is one of the champion's", i).isNotNegative();
    }
    Job wider = job(MLP, "batchSize: 20, objective: " + PCD.replace("40", "50"), 12);
    float[] fresh = firstChains(wider, champion.goingOn());
    assertThat(indexOf(champion.replay(), fresh[0], fresh[1])).isNegative();
    // Fresh ones are burnt in on the champion's energy, not on an untrained one.
    assertThat(fresh).isNotEqualTo(firstChains(wider, null));
  }

  private static int indexOf(float[] chains, float x, float y) {
    for (int i = 0; i + 1 < chains.length; i += 2) {
      if (chains[i] == x && chains[i + 1] == y) {
        return i;
      }
    }
    return -1;
  }

  /** The chains that a run first asks for; none of them restarts from noise. */
  private static float[] firstChains(Job job, @Nullable TrainingState start) {
    List<float[]> asked = new ArrayList<>();
    GradientWorker worker = new GradientWorker(job.energy(), SHAPE, job.training(), ROWS);
    try (LocalGradients gradients = new LocalGradients(worker, rows(), 1)) {
      GradientSource source =
          request -> {
            asked.add(request.chainStarts());
            return gradients.total(request);
          };
      new Trainer(job.energy(), SHAPE, job.training(), Optional.ofNullable(start))
          .train(source, worker.plan(), m -> {});
    }
    return asked.get(0);
  }

  @Test
  void aStartThatDoesNotFitIsRefused() {
    Optimizer adam = new Adam(0.9, 0.999, 1e-8);
    Job job = job(MLP, FIXED, 1);
    float[] weights = job.energy().parameters(SHAPE).initialise(0);
    for (TrainingState wrong :
        List.of(
            TrainingState.initial(new float[3], adam),
            TrainingState.initial(weights, new Sgd(0)),
            train(job))) {
      assertThatThrownBy(() -> train(job, Optional.of(wrong)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("but training needs");
    }
  }

  @Test
  void theDigestTellsAnyChange() {
    TrainingState state = train(job(MLP, "batchSize: 20, objective: " + PCD, 2));
    List<String> digests = new ArrayList<>(List.of(state.digest(), state.goingOn().digest()));
    digests.add(state.withReplay(null).digest());
    digests.add(state.afterRollbacks(1).digest());
    for (int part = 0; part < 4; part++) {
      TrainingState other = state.copy();
      float[] changed =
          switch (part) {
            case 0 -> other.parameters();
            case 1 -> other.average();
            case 2 -> other.moments()[1];
            default -> other.replay();
          };
      changed[changed.length - 1] += 1;
      digests.add(other.digest());
    }
    assertThat(digests).doesNotHaveDuplicates();
    assertThat(state.copy().digest()).isEqualTo(state.digest());
  }

  /** A night that starts where another ended does not need the noise that one started with. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: denoising-score-matching, noise: {kind: linear, from: 1, to: 0.1, steps: 10}}",
        "{kind: gradient-penalty, objective: {kind: denoising-score-matching, noise: {kind: linear,"
            + " from: 1, to: 0.1, steps: 10}}}",
        "{kind: multi-scale-denoising}",
      })
  void whatIsScheduledCanBeHeldWhereItEnded(String objective) {
    TrainingSettings falls = job(MLP, "objective: " + objective, 11).training();
    float[] weights = job(MLP, FIXED, 1).energy().parameters(SHAPE).initialise(3);
    double[] last = losses(falls.objective(), weights, 10);
    assertThat(losses(falls.objective().heldAt(10), weights, 10)).isEqualTo(last);
    assertThat(losses(falls.objective().heldAt(10), weights, 0))
        .isNotEqualTo(objective.contains("linear") ? losses(falls.objective(), weights, 0) : last);
  }

  private static double[] losses(Objective objective, float[] weights, long step) {
    long[] places = LongStream.range(0, ROWS).toArray();
    Energy energy = job(MLP, FIXED, 1).energy();
    return new HeldOutLoss(objective, rows().get(0).values(), places, /* seed= */ 1, step)
        .perRow(energy, SHAPE, weights);
  }
}
