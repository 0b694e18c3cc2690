package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.engine.ProcessMemory;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.synthetic.TwoMoons;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.LocalGradients;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.checkpoint.CheckpointFolder;
import io.ebmspark.spark.checkpoint.RunIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The memory of 200 000 steps of persistent chains on two threads, with checkpoints. */
@Tag("long")
class SoakTest {
  private static final int STEPS = 200_000;

  @TempDir Path folder;

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void memoryIsFlatOverALongRun() throws IOException {
    String yaml =
        "{objective: {kind: persistent-contrastive-divergence, steps: 1, buffer: {size: 64}},"
            + " steps: %d, batchSize: 16, learningRate: 1e-5, checkpointEvery: 2000}";
    TrainingSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse("soak", yaml.formatted(STEPS)), TrainingSettings.class);
    Energy energy = new Mlp(List.of(8), Activation.SILU);
    float[] values = new TwoMoons(0.05).rows(200, 1);
    List<RowBlock> shards =
        List.of(
            new RowBlock(0, 2, java.util.Arrays.copyOf(values, 200)),
            new RowBlock(100, 2, java.util.Arrays.copyOfRange(values, 200, 400)));
    GradientWorker worker = new GradientWorker(energy, new long[] {2}, settings, 200);
    CheckpointFolder checkpoints =
        new CheckpointFolder(
            folder.toString() + "/run.checkpoints",
            new Configuration(),
            new RunIdentity("", "", "", "", 0),
            2,
            Duration.ZERO,
            () -> {},
            text -> {});
    List<String> lines = new ArrayList<>(List.of("step,resident_mb,heap_mb"));
    List<Long> outsideHeap = new ArrayList<>();
    try (LocalGradients gradients = new LocalGradients(worker, shards, 2)) {
      new Trainer(energy, new long[] {2}, settings)
          .train(
              gradients,
              worker.plan(),
              metrics -> {
                if (metrics.step() % 1_000 == 0) {
                  ProcessMemory memory = ProcessMemory.now();
                  outsideHeap.add((memory.residentBytes() - memory.heapBytes()) >> 20);
                  lines.add(
                      metrics.step()
                          + ","
                          + (memory.residentBytes() >> 20)
                          + ","
                          + (memory.heapBytes() >> 20));
                }
              },
              checkpoints,
              () -> false);
    }
    Files.write(Path.of("target", "soak.csv"), lines);
    // The first tenth fills the allocators' caches; the heap grows at arbitrary times.
    double early = mean(outsideHeap.subList(20, 60));
    double late = mean(outsideHeap.subList(160, 200));
    System.out.printf("SOAK MB resident outside the heap: %.0f early, %.0f late%n", early, late);
    // A leak of 100 bytes a step would be 13 MB over these 140 000 steps.
    assertThat(late - early).isLessThan(13);
  }

  private static double mean(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).average().orElseThrow();
  }
}
