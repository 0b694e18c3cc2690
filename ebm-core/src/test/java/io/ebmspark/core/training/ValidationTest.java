package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which weights are kept, and when a run ends, by the loss on validation rows. */
class ValidationTest {
  private static final Energy ENERGY = new Mlp(List.of(48, 48), Activation.SILU);
  private static final long[] SHAPE = {2};
  private static final String MATCHING = "{kind: denoising-score-matching, noise: 0.2}";

  /** A few rows and a large network: it learns them by heart. */
  private static final int FEW = 12;

  private static final int VALIDATION = 700;

  private static TrainingSettings settings(String... changes) {
    String yaml =
        "{objective: %s, steps: 600, batchSize: 12, learningRate: 0.01, averageDecay: 0.9,"
                .formatted(MATCHING)
            + " checkpointEvery: 10}";
    SettingsTree tree = SettingsTree.parse("validation", yaml);
    for (String change : changes) {
      tree = tree.with(change);
    }
    return SettingsBinder.bind(tree, TrainingSettings.class);
  }

  private static float[] rows(int count, int seed) {
    float[] values = new float[2 * count];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    return values;
  }

  private static List<RowBlock> shards(int rows, int... cuts) {
    float[] values = rows(rows, 5);
    List<RowBlock> shards = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : rows;
      shards.add(new RowBlock(from, 2, Arrays.copyOfRange(values, 2 * from, 2 * to)));
      from = to;
    }
    return shards;
  }

  /** All that a listener hears of validation. */
  private static final class Log implements TrainingListener {
    final List<ValidationMetrics> measured = new ArrayList<>();
    final List<Double> losses = new ArrayList<>();
    Optional<BestStep> best = Optional.empty();

    @Override
    public void onStep(StepMetrics metrics) {
      losses.add(metrics.loss());
    }

    @Override
    public void onValidation(ValidationMetrics metrics) {
      measured.add(metrics);
    }

    @Override
    public void onBest(BestStep found) {
      best = Optional.of(found);
    }
  }

  private static TrainingState train(
      TrainingSettings settings, List<RowBlock> shards, int threads, TrainingListener listener) {
    return train(settings, shards, threads, listener, Checkpoints.NONE, Integer.MAX_VALUE);
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static TrainingState train(
      TrainingSettings settings,
      List<RowBlock> shards,
      int threads,
      TrainingListener listener,
      Checkpoints checkpoints,
      int stepsToLive) {
    long rows = shards.stream().mapToLong(RowBlock::rows).sum();
    GradientWorker worker = new GradientWorker(ENERGY, SHAPE, settings, rows);
    Optional<Validation> validation = Optional.of(new Validation(rows(VALIDATION, 6), threads));
    int[] left = {stepsToLive};
    try (LocalGradients gradients = new LocalGradients(worker, shards, threads)) {
      GradientSource mortal =
          request -> {
            if (left[0]-- == 0) {
              throw new Killed();
            }
            return gradients.total(request);
          };
      return new Trainer(ENERGY, SHAPE, settings, Optional.empty(), validation)
          .train(mortal, worker.plan(), listener, checkpoints, () -> false);
    }
  }

  /** What is kept is the very state of a run that was told to end there. */
  @Test
  void anOverTrainedNetworkKeepsItsBestStep() {
    Log log = new Log();
    TrainingState kept =
        train(settings("validation={every: 20, patience: 4}"), shards(FEW), 1, log);
    BestStep best = log.best.orElseThrow();
    assertThat(best.early()).isTrue();
    assertThat(best.step()).isBetween(20L, 400L);
    assertThat(best.ended()).isGreaterThanOrEqualTo(best.step() + 20).isLessThan(600);
    assertThat(best.describe())
        .isEqualTo(
            "the loss on 700 validation rows was lowest at step %d (%.4g); training ended at %d and"
                    .formatted(best.step(), best.loss(), best.ended())
                + " keeps those weights");
    double lowest = log.measured.stream().mapToDouble(ValidationMetrics::loss).min().orElseThrow();
    assertThat(best.loss()).isEqualTo(lowest);
    assertThat(log.measured.get(log.measured.size() - 1).loss()).isGreaterThan(lowest);
    // Without validation the same network goes on learning its rows by heart.
    Log plain = new Log();
    TrainingState last =
        train(settings("validation={every: 20, patience: 0}"), shards(FEW), 1, plain);
    assertThat(plain.losses).hasSize(600);
    assertThat(plain.measured.get(plain.measured.size() - 1).loss()).isGreaterThan(1.1 * lowest);
    assertThat(plain.best.orElseThrow().early()).isFalse();
    assertThat(last.digest()).isEqualTo(kept.digest());

    TrainingState told = train(settings().withSteps(best.step()), shards(FEW), 1, m -> {});
    assertThat(kept.step()).isEqualTo(best.step());
    assertThat(kept.digest()).isEqualTo(told.digest());
  }

  /** The control: with rows enough, the loss falls to the end, and nothing is cut short. */
  @Test
  void aRunThatImprovesToTheEndIsNotEnded() {
    Log log = new Log();
    TrainingSettings slow =
        settings("validation={patience: 1}", "batchSize=256", "learningRate=0.0003").withSteps(200);
    TrainingState kept = train(slow, shards(2_000), 1, log);
    assertThat(log.best.orElseThrow())
        .isEqualTo(new BestStep(VALIDATION, 200, log.best.orElseThrow().loss(), 200, false));
    assertThat(log.measured).hasSize(21);
    TrainingState plain = train(slow.withoutValidation(), shards(2_000), 1, m -> {});
    assertThat(kept.digest()).isEqualTo(plain.digest());
  }

  /** Where nothing is learnt, nothing changes, to the last bit; the batches' losses do. */
  @Test
  void theNoiseIsTheSameEveryTime() {
    Log log = new Log();
    TrainingSettings still =
        settings("validation={every: 1, patience: 0}", "learningRate=1e-30", "averageDecay=0");
    train(still.withSteps(6), shards(FEW), 1, log);
    assertThat(log.measured).hasSize(7);
    assertThat(log.measured.stream().map(ValidationMetrics::loss).distinct()).hasSize(1);
    assertThat(log.losses.stream().distinct()).hasSize(6);
    // By hand: the mean of the objective, row by row, at the noise of the last step.
    float[] twice = Arrays.copyOf(rows(VALIDATION, 6), 4 * VALIDATION);
    System.arraycopy(twice, 0, twice, 2 * VALIDATION, 2 * VALIDATION);
    double[] perRow =
        new HeldOutLoss(
                still.objective(),
                twice,
                LongStream.range(0, 2 * VALIDATION).toArray(),
                still.seed(),
                5)
            .perRow(ENERGY, SHAPE, ENERGY.parameters(SHAPE).initialise(still.seed()));
    // The mean of a row is rounded to a float.
    assertThat(log.measured.get(0).loss())
        .isCloseTo(Arrays.stream(perRow).sum() / (2 * VALIDATION), withinPercentage(1e-6));
  }

  @Test
  void threadsAndDeathsLeaveNoTrace() {
    TrainingSettings settings = settings("validation={every: 15, patience: 4}");
    List<RowBlock> shards = shards(FEW, 5);
    Log log = new Log();
    TrainingState undisturbed = train(settings, shards, 1, log);
    assertThat(train(settings, shards, 3, m -> {}).digest()).isEqualTo(undisturbed.digest());
    Random random = new Random(3);
    for (int run = 0; run < 4; run++) {
      TrainingState end = null;
      Log last = new Log();
      Stored stored = new Stored();
      int kills = 0;
      while (end == null) {
        try {
          last = new Log();
          end = train(settings, shards, 2, last, stored, 12 + random.nextInt(10));
        } catch (Killed e) {
          kills++;
        }
      }
      assertThat(kills).isPositive();
      assertThat(end.digest()).isEqualTo(undisturbed.digest());
      assertThat(last.best).isEqualTo(log.best);
      assertThat(last.measured).endsWith(log.measured.get(log.measured.size() - 1));
    }
  }

  /** Keeps what a file would: packed tensors and a few numbers. */
  private static final class Stored implements Checkpoints {
    private Optional<TrainingState> latest = Optional.empty();

    @Override
    public Optional<TrainingState> latest() {
      return latest.map(TrainingState::copy);
    }

    @Override
    public void save(TrainingState state) {
      StateTensors tensors = StateTensors.of(state);
      float[] all = tensors.pack(state);
      assertThat(tensors.bytes()).isEqualTo(4L * all.length);
      TrainingState found = tensors.unpack(all, state.step(), state.rollbacks(), 0);
      ValidationProgress progress = state.validation();
      if (progress != null) {
        found =
            found.withValidation(
                tensors.unpackValidation(
                    all,
                    found,
                    progress.best().step(),
                    progress.loss(),
                    progress.sinceImprovement()));
      }
      assertThat(found.digest()).isEqualTo(state.digest());
      latest = Optional.of(found);
    }
  }

  /** Going back after divergence takes the best step so far along. */
  @Test
  void rollbacksKeepTheBestStepSoFar() {
    String hot = "divergence={action: rollback, rollbacks: 60, gradientNorm: 30}";
    TrainingSettings settings =
        settings("validation={every: 10, patience: 0}", "learningRate=3", hot).withSteps(150);
    List<RowBlock> shards = shards(FEW);
    Log log = new Log();
    TrainingState undisturbed = train(settings, shards, 1, log, new Stored(), Integer.MAX_VALUE);
    assertThat(undisturbed.rollbacks()).isPositive();
    assertThat(undisturbed.step()).isEqualTo(log.best.orElseThrow().step());
    Random random = new Random(9);
    Stored stored = new Stored();
    TrainingState end = null;
    while (end == null) {
      try {
        end = train(settings, shards, 1, m -> {}, stored, 12 + random.nextInt(30));
      } catch (Killed e) {
        // and again
      }
    }
    assertThat(end.digest()).isEqualTo(undisturbed.digest());
  }

  @Test
  void anImprovementWithinTheNoiseOfTheRowsIsNone() {
    float[] reference = {1, 2, 3, 4};
    TrainingState state =
        new TrainingState(new float[] {1}, new float[] {1}, new float[0][], null, 7, 0);
    ValidationProgress start = ValidationProgress.of(state, reference);
    // The mean falls by 0.25, and its standard error is 0.25·√(1.5) ≈ 0.48.
    ValidationProgress within = start.with(state, new float[] {0, 2, 4, 3});
    assertThat(within.sinceImprovement()).isEqualTo(1);
    assertThat(within.loss()).isEqualTo(2.25);
    assertThat(within.reference()).isSameAs(reference);
    // By as much on every row: certain, though the rows differ by more than that.
    ValidationProgress beyond = within.with(state, new float[] {.75f, 1.75f, 2.75f, 3.75f});
    assertThat(beyond.sinceImprovement()).isZero();
    assertThat(beyond.loss()).isEqualTo(2.25);
    assertThat(beyond.with(state, new float[] {2, 3, 4, 5}).sinceImprovement()).isEqualTo(1);
  }

  @Test
  void objectivesWhoseLossTellsNothingAreRefused() {
    for (String kind :
        List.of("contrastive-divergence", "persistent-contrastive-divergence", "short-run")) {
      String yaml = "{objective: {kind: %s}, validation: {}, batchSize: 10}".formatted(kind);
      assertThatThrownBy(
              () -> SettingsBinder.bind(SettingsTree.parse("chains", yaml), TrainingSettings.class))
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining("validation")
          .hasMessageContaining("compares an energy with itself only");
    }
  }

  /** Which steps are measured at depends on their number, and the last one's noise is used. */
  @Test
  void theNumberOfStepsIsPartOfSuchARun() {
    TrainingSettings with = settings("validation={}");
    assertThat(with.comparable()).isNotEqualTo(with.withSteps(700).comparable());
    assertThat(settings().comparable()).isEqualTo(settings().withSteps(700).comparable());
  }
}
