package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.evaluation.EnergyDistance;
import io.ebmspark.core.evaluation.ModeCoverage;
import io.ebmspark.core.evaluation.SlicedWasserstein;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.synthetic.GaussianMixture;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.spark.model.SamplingSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of TorchEBM's user guide: the figures of docs/user-guide.md. */
class UserGuideTest {
  private static final GaussianMixture DATA = new GaussianMixture(5, 0.1, 1.5);
  private static final long[] SHAPE = {2};
  private static final int SEEDS = Integer.getInteger("seeds", 3);
  private static final int ROWS = 1_000;
  private static final int DRAWN = 2_000;

  /** Samples compared with fresh rows; {@code floor} compares the training rows with them. */
  private record Figures(ModeCoverage modes, double distance, double floor, double sliced) {}

  /**
   * Samples must cover all five modes, each with at least half of its share, and be much nearer to
   * the data than a standard normal, which is the control.
   */
  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"mlp", "composed"})
  void samplesCoverAllModes(String example) throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      Figures samples = figures(trained(yaml(example), seed), seed);
      Figures noise = figures(noise(seed), seed);
      System.out.printf(
          Locale.ROOT,
          "USER GUIDE %s seed %d shares %s astray %.3f ED %.4f (rows %.4f, noise %.4f) SW1 %.3f%n",
          example,
          seed,
          LongStream.range(0, 5)
              .mapToObj(k -> "%.2f".formatted(samples.modes.shares()[(int) k]))
              .toList(),
          samples.modes.astray(),
          samples.distance,
          samples.floor,
          noise.distance,
          samples.sliced);
      assertThat(samples.modes.covered(0.5)).as("modes, seed %d", seed).isEqualTo(5);
      assertThat(samples.modes.astray()).as("astray, seed %d", seed).isLessThan(0.1);
      assertThat(samples.distance).as("distance, seed %d", seed).isLessThan(noise.distance / 5);
      assertThat(noise.modes.covered(0.5)).as("the control, seed %d", seed).isZero();
    }
  }

  /**
   * The guide's own schedule, from 0.2 to 0.01 over the ten steps: the model's temperature is then
   * 1e-4, at which its chains stop between the modes.
   */
  @Tag("long")
  @Test
  void annealedNoiseLeavesChainsAstray() throws IOException {
    String annealed = "noiseScale: {kind: cosine, from: 0.2, to: 0.01, steps: 10}";
    String yaml =
        yaml("mlp")
            .replaceFirst("noiseScale: 0.2", annealed)
            .replaceFirst("noiseScale: 0.2", "noiseScale: 0.01");
    for (int seed = 0; seed < 2; seed++) {
      Figures samples = figures(trained(yaml, seed), seed);
      assertThat(samples.modes.astray()).as("astray, seed %d", seed).isGreaterThan(0.1);
    }
  }

  private static String yaml(String example) throws IOException {
    return Files.readString(Path.of("..", "examples", "user-guide-" + example + ".yaml"));
  }

  private static float[] trained(String yaml, long seed) {
    String seeded = yaml.replace("  batchSize:", "  seed: " + seed + "\n  batchSize:");
    TrainJob job = SettingsBinder.bind(SettingsTree.parse("example", seeded), TrainJob.class);
    RowBlock rows = new RowBlock(0, 2, DATA.rows(ROWS, seed));
    float[] parameters =
        LocalTrainer.train(
                job.energy().orElseThrow(),
                SHAPE,
                job.training().provisional(),
                List.of(rows),
                step -> {})
            .average();
    SamplingSettings sampling = job.sampling();
    Sampler sampler =
        sampling.samplerAt(job.training().provisional().objective().temperature(), false);
    long[] chains = LongStream.range(0, DRAWN).toArray();
    try (RowEnergies open =
        new RowEnergies(job.energy().orElseThrow(), SHAPE, parameters, Device.cpu())) {
      float[] starts =
          open.starts(
              sampling.start(),
              sampling.startScale(),
              ChainNoise.of(seed, Purpose.SAMPLING_START, 0, chains));
      ChainNoise noise = ChainNoise.of(seed, Purpose.SAMPLING, 0, chains);
      return open.run(sampler, starts, sampling.steps(), noise, Sampler.Observer.NONE);
    }
  }

  private static float[] noise(long seed) {
    return new GaussianMixture(1, 1, 0).rows(DRAWN, 2_000 + seed);
  }

  private static Figures figures(float[] samples, long seed) {
    float[] fresh = DATA.rows(DRAWN, 1_000 + seed);
    float[] centres = new float[10];
    for (int k = 0; k < 5; k++) {
      centres[2 * k] = (float) (1.5 * Math.cos(2 * Math.PI * k / 5));
      centres[2 * k + 1] = (float) (1.5 * Math.sin(2 * Math.PI * k / 5));
    }
    return new Figures(
        ModeCoverage.of(samples, centres, 2, 0.3),
        EnergyDistance.between(samples, fresh, 2),
        EnergyDistance.between(DATA.rows(ROWS, seed), fresh, 2),
        SlicedWasserstein.distance(samples, fresh, 2, 500, seed));
  }
}
