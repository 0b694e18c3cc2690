package io.ebmspark.spark.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.synthetic.TwoMoons;
import io.ebmspark.core.training.Checkpoints;
import io.ebmspark.core.training.GradientSource;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.LocalGradients;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.store.FaultyFileSystem;
import io.ebmspark.spark.store.StorageException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two hundred deaths of a driver, in one process: at a random step, or at a random change to the
 * file system while a checkpoint is written, with half a file left behind.
 */
class KilledRunsTest {
  private static final Energy ENERGY = new Mlp(List.of(6), Activation.SILU);
  private static final long[] SHAPE = {2};
  private static final int ROWS = 90;
  private static final int KILLS = 200;

  @TempDir Path folder;

  @AfterEach
  void heal() {
    FaultyFileSystem.heal();
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private CheckpointFolder checkpoints(String name) {
    return new CheckpointFolder(
        "faulty://" + folder.resolve(name),
        FaultyFileSystem.configuration(),
        new RunIdentity("rows", "features", "{}", "{}", 0),
        2,
        Duration.ZERO,
        () -> {},
        text -> {});
  }

  private static TrainingState train(
      TrainingSettings settings, Checkpoints checkpoints, int stepsToLive) {
    float[] values = new TwoMoons(0.05).rows(ROWS, 1);
    List<RowBlock> shards =
        List.of(
            new RowBlock(0, 2, java.util.Arrays.copyOf(values, 80)),
            new RowBlock(40, 2, java.util.Arrays.copyOfRange(values, 80, 180)));
    GradientWorker worker = new GradientWorker(ENERGY, SHAPE, settings, ROWS);
    try (LocalGradients gradients = new LocalGradients(worker, shards, 2)) {
      int[] left = {stepsToLive};
      GradientSource mortal =
          request -> {
            if (left[0]-- == 0) {
              throw new Killed();
            }
            return gradients.total(request);
          };
      return new Trainer(ENERGY, SHAPE, settings)
          .train(mortal, worker.plan(), metrics -> {}, checkpoints, () -> false);
    }
  }

  @Test
  void deathAtAnyInstantLeavesNoTrace() {
    Random random = new Random(17);
    List<String> objectives =
        List.of(
            "{kind: contrastive-divergence, steps: 2}",
            "{kind: persistent-contrastive-divergence, steps: 2, buffer: {size: 40}}",
            "{kind: denoising-score-matching, noise: 0.3}");
    int kills = 0;
    int duringWrites = 0;
    for (int run = 0; kills < KILLS; run++) {
      String yaml = "{objective: %s, steps: 40, batchSize: 20, checkpointEvery: 3}";
      TrainingSettings settings =
          SettingsBinder.bind(
              SettingsTree.parse("run", yaml.formatted(objectives.get(run % 3))),
              TrainingSettings.class);
      TrainingState expected = train(settings, Checkpoints.NONE, Integer.MAX_VALUE);
      TrainingState end = null;
      while (end == null) {
        boolean inWrite = random.nextBoolean();
        FaultyFileSystem.left = inWrite ? random.nextInt(60) : -1;
        FaultyFileSystem.failures = Integer.MAX_VALUE;
        try {
          end =
              train(
                  settings,
                  checkpoints("run" + run),
                  inWrite ? Integer.MAX_VALUE : random.nextInt(20));
        } catch (Killed e) {
          kills++;
        } catch (StorageException e) {
          kills++;
          duringWrites++;
        }
        heal();
      }
      assertThat(end.parameters()).isEqualTo(expected.parameters());
      assertThat(end.average()).isEqualTo(expected.average());
      assertThat(end.replay()).isEqualTo(expected.replay());
    }
    assertThat(duringWrites).isGreaterThan(40);
  }
}
