package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are killed, stopped, or diverge, and how they end. */
class RecoveryTest {
  private static final Energy ENERGY = new Mlp(List.of(6), Activation.SILU);
  private static final long[] SHAPE = {2};
  private static final int ROWS = 90;
  private static final String PCD =
      "{kind: persistent-contrastive-divergence, steps: 3, buffer: {size: 40, burnIn: 2}}";

  /** Keeps copies, as a folder on a disc does. */
  private static final class Memory implements Checkpoints {
    private final List<TrainingState> kept = new ArrayList<>();

    @Override
    public Optional<TrainingState> latest() {
      return kept.isEmpty() ? Optional.empty() : Optional.of(kept.get(kept.size() - 1).copy());
    }

    @Override
    public void save(TrainingState state) {
      kept.add(state.copy());
    }
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private record Holds(@Setting("it") TrainingSettings training) {}

  private static TrainingSettings settings(String objective, String more) {
    String yaml =
        "training: {objective: %s, steps: 40, batchSize: 20, checkpointEvery: 7%s}"
            .formatted(objective, more);
    return SettingsBinder.bind(SettingsTree.parse("recovery", yaml), Holds.class).training();
  }

  private static List<RowBlock> shards(int... cuts) {
    float[] values = new float[2 * ROWS];
    RandomStream.of(5, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    List<RowBlock> shards = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : ROWS;
      shards.add(new RowBlock(from, 2, java.util.Arrays.copyOfRange(values, 2 * from, 2 * to)));
      from = to;
    }
    return shards;
  }

  private static TrainingState train(
      TrainingSettings settings,
      List<RowBlock> shards,
      Checkpoints checkpoints,
      TrainingListener listener,
      GradientSource[] wrapped) {
    GradientWorker worker = new GradientWorker(ENERGY, SHAPE, settings, ROWS);
    try (LocalGradients gradients = new LocalGradients(worker, shards, 1)) {
      GradientSource plain = gradients;
      GradientSource source =
          request -> {
            if (wrapped.length > 0) {
              wrapped[0].total(request);
            }
            return plain.total(request);
          };
      return new Trainer(ENERGY, SHAPE, settings)
          .train(source, worker.plan(), listener, checkpoints, () -> false);
    }
  }

  private static void assertSame(TrainingState one, TrainingState other) {
    assertThat(one.step()).isEqualTo(other.step());
    assertThat(one.rollbacks()).isEqualTo(other.rollbacks());
    assertThat(one.parameters()).isEqualTo(other.parameters());
    assertThat(one.average()).isEqualTo(other.average());
    assertThat(one.moments()).isDeepEqualTo(other.moments());
    assertThat(one.replay()).isEqualTo(other.replay());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: denoising-score-matching, noise: 0.3}",
        "{kind: contrastive-divergence, steps: 3}",
        PCD
      })
  void runsKilledAtAnyStepEndInTheSameBits(String objective) {
    TrainingSettings settings = settings(objective, "");
    List<RowBlock> shards = shards(40);
    TrainingState undisturbed =
        train(settings, shards, Checkpoints.NONE, m -> {}, new GradientSource[0]);
    Random random = new Random(7);
    for (int run = 0; run < 25; run++) {
      Memory memory = new Memory();
      TrainingState end = null;
      int kills = 0;
      while (end == null) {
        int[] left = {random.nextInt(25)};
        GradientSource killer =
            request -> {
              if (left[0]-- == 0) {
                throw new Killed();
              }
              return new StepTotal(0);
            };
        try {
          end = train(settings, shards, memory, m -> {}, new GradientSource[] {killer});
        } catch (Killed e) {
          kills++;
        }
      }
      assertThat(kills).isPositive();
      assertSame(end, undisturbed);
    }
  }

  @Test
  void aStoppedRunGoesOnFromWhereItStopped() {
    TrainingSettings settings = settings(PCD, "");
    TrainingState undisturbed =
        train(settings, shards(), Checkpoints.NONE, m -> {}, new GradientSource[0]);
    Memory memory = new Memory();
    GradientWorker worker = new GradientWorker(ENERGY, SHAPE, settings, ROWS);
    try (LocalGradients gradients = new LocalGradients(worker, shards(), 1)) {
      Trainer trainer = new Trainer(ENERGY, SHAPE, settings);
      int[] asked = {0};
      assertThatThrownBy(
              () ->
                  trainer.train(gradients, worker.plan(), m -> {}, memory, () -> asked[0]++ == 12))
          .isInstanceOf(StoppedException.class)
          .hasMessageContaining("after 12 steps");
      assertThat(memory.latest().orElseThrow().step()).isEqualTo(12);
      assertSame(
          trainer.train(gradients, worker.plan(), m -> {}, memory, () -> false), undisturbed);
    }
  }

  /** Diverges wherever the learning rate has not been halved yet, at step 17 of 40. */
  private static final class RollbackLog implements TrainingListener {
    final List<String> events = new ArrayList<>();
    final List<Double> rates = new ArrayList<>();

    @Override
    public void onStep(StepMetrics metrics) {
      rates.add(metrics.learningRate());
    }

    @Override
    public void onResume(long step) {
      events.add("resume " + step);
    }

    @Override
    public void onRollback(DivergedException cause, TrainingState state) {
      events.add("rollback from " + cause.step() + " to " + state.step());
    }
  }

  @Test
  void aDivergingRunRollsBackWithHalfTheRateAndOtherNumbers() {
    // Steps of .2 from a learning rate of 20 tear the chains and energies apart soon.
    String hot = ", learningRate: 20, divergence: {action: rollback, rollbacks: 60, energyGap: 50}";
    TrainingSettings settings = settings("{kind: contrastive-divergence, steps: 3}", hot);
    RollbackLog log = new RollbackLog();
    Memory memory = new Memory();
    TrainingState state = train(settings, shards(), memory, log, new GradientSource[0]);
    assertThat(log.events).isNotEmpty().allMatch(event -> event.startsWith("rollback"));
    assertThat(state.rollbacks()).isEqualTo(log.events.size());
    assertThat(log.rates.get(log.rates.size() - 1))
        .isEqualTo(20 * Math.pow(0.5, state.rollbacks()));
    for (float value : state.parameters()) {
      assertThat(value).isFinite();
    }
    // The same result, however often the process is killed on the way.
    Random random = new Random(3);
    Memory other = new Memory();
    TrainingState end = null;
    while (end == null) {
      int[] left = {5 + random.nextInt(40)};
      GradientSource killer =
          request -> {
            if (left[0]-- == 0) {
              throw new Killed();
            }
            return new StepTotal(0);
          };
      try {
        end = train(settings, shards(), other, m -> {}, new GradientSource[] {killer});
      } catch (Killed e) {
        // and again
      }
    }
    assertSame(end, state);
  }

  @Test
  void rollbacksAreCountedAndStoppingIsTheDefault() {
    String objective = "{kind: contrastive-divergence, steps: 3}";
    String gap = "energyGap: 1e-9";
    TrainingSettings stops = settings(objective, ", divergence: {" + gap + "}");
    assertThatThrownBy(() -> train(stops, shards(), new Memory(), m -> {}, new GradientSource[0]))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("gap between the energies");
    RollbackLog log = new RollbackLog();
    TrainingSettings tries =
        settings(objective, ", divergence: {action: rollback, rollbacks: 2, " + gap + "}");
    assertThatThrownBy(() -> train(tries, shards(), new Memory(), log, new GradientSource[0]))
        .isInstanceOf(DivergedException.class);
    assertThat(log.events).containsExactly("rollback from 0 to 0", "rollback from 0 to 0");
    for (String limit : List.of("gradientNorm: 1e-12", "chainNorm: 1e-12")) {
      assertThatThrownBy(
              () ->
                  train(
                      settings(objective, ", divergence: {" + limit + "}"),
                      shards(),
                      new Memory(),
                      m -> {},
                      new GradientSource[0]))
          .hasMessageContaining("above its limit 1.0E-12");
    }
  }

  /** Divided into other shards on the way: the same batches and chains, only rounding differs. */
  @Test
  void aRunGoesOnWithAnotherNumberOfShards() {
    TrainingSettings settings = settings(PCD, ", optimizer: {kind: sgd}, learningRate: 0.01");
    TrainingState whole =
        train(settings, shards(), Checkpoints.NONE, m -> {}, new GradientSource[0]);
    Memory memory = new Memory();
    int[] left = {25};
    GradientSource killer =
        request -> {
          if (left[0]-- == 0) {
            throw new Killed();
          }
          return new StepTotal(0);
        };
    assertThatThrownBy(
            () -> train(settings, shards(30), memory, m -> {}, new GradientSource[] {killer}))
        .isInstanceOf(Killed.class);
    TrainingState resharded =
        train(settings, shards(10, 20, 70), memory, m -> {}, new GradientSource[0]);
    for (int i = 0; i < whole.parameters().length; i++) {
      assertThat(resharded.parameters()[i])
          .isCloseTo(whole.parameters()[i], org.assertj.core.api.Assertions.within(1e-5f));
    }
  }

  @Test
  void burnInMovesTheChainsBeforeTheFirstStep() {
    TrainingSettings with = settings(PCD, "");
    TrainingSettings without = settings(PCD.replace("burnIn: 2", "burnIn: 0"), "");
    float[] first = {Float.NaN};
    float[] second = {Float.NaN};
    capture(with, first);
    capture(without, second);
    assertThat(first[0]).isFinite().isNotEqualTo(second[0]);
  }

  private static void capture(TrainingSettings settings, float[] start) {
    GradientSource spy =
        request -> {
          if (request.step() == 0) {
            start[0] = request.chainStarts()[0];
          }
          return new StepTotal(0);
        };
    train(settings, shards(), Checkpoints.NONE, m -> {}, new GradientSource[] {spy});
  }
}
