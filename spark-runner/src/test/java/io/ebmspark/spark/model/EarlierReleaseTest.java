package io.ebmspark.spark.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Transformer;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.checkpoint.CheckpointFolder;
import io.ebmspark.spark.checkpoint.RunIdentity;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.score.ScoringSettings;
import io.ebmspark.spark.score.TableScorer;
import io.ebmspark.spark.train.SparkTrainer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an earlier release wrote stays readable, and means the same. */
class EarlierReleaseTest {
  private static final Path RELEASE = resource();

  @TempDir Path folder;

  /** A job file of that release; where its model went does not matter here. */
  private record Job(
      @Setting("rows") DataSettings data,
      @Setting("energy") Energy energy,
      @Setting("training") TrainingSettings training,
      @Setting("output") Map<String, String> output) {}

  private static Path resource() {
    try {
      return Path.of(
              EarlierReleaseTest.class.getResource("/io/ebmspark/release-0.1/README.md").toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<String> models() throws IOException {
    try (Stream<Path> all = Files.list(RELEASE.resolve("models"))) {
      List<String> names = all.map(path -> path.getFileName().toString()).sorted().toList();
      assertThat(names).hasSize(10);
      return names;
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void modelsGiveTheEnergiesOfTheReleaseThatWroteThem(String name) throws IOException {
    Model model =
        new ModelFolder(RELEASE.resolve("models/" + name).toString(), new Configuration()).read();
    String source = model.config().data().source().path().get(0);
    SparkSession spark = Sessions.shared();
    Dataset<Row> table =
        source.endsWith("json")
            ? spark.read().json(RELEASE + "/" + source)
            : spark
                .read()
                .option("header", "true")
                .option("inferSchema", "true")
                .csv(RELEASE + "/" + source);
    Map<String, Row> scored = new HashMap<>();
    ScoringSettings settings = ScoringSettings.of(model.config().features().missing());
    try (TableScorer scorer = new TableScorer(spark, model, settings)) {
      for (Row row : scorer.score(table).collectAsList()) {
        scored.put(row.getAs("id").toString(), row);
      }
    }
    // Processors round differently, by some 1e-6 after a few layers, and percentiles stretch that
    // where energies lie close. Transformers are rounded otherwise than then, and a training row is
    // ranked among energies that have its own: rounding decides on which side.
    boolean isRoundedAnew = model.config().energy() instanceof Transformer;
    double rank = isRoundedAnew ? 100.0 / model.config().percentiles().knots().size() : 0.05;
    List<String> lines = Files.readAllLines(RELEASE.resolve("scored/" + name + ".csv"));
    assertThat(lines).hasSize(31);
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      double energy = Double.parseDouble(cells[1]);
      assertThat(scored.get(cells[0]).<Double>getAs("energy"))
          .as("%s, row %s", name, cells[0])
          .isCloseTo(energy, within(1e-5 * Math.max(1, Math.abs(energy))));
      assertThat(scored.get(cells[0]).<Double>getAs("energy_percentile"))
          .as("%s, row %s", name, cells[0])
          .isCloseTo(Double.parseDouble(cells[2]), within(rank));
    }
  }

  /** Columns, scaling and every setting are still distinguished from another run's. */
  @Test
  @Tag("long")
  void anInterruptedRunIsContinuedToTheModelOfARunLeftAlone() throws IOException {
    Path run = RELEASE.resolve("interrupted");
    SettingsTree tree =
        SettingsTree.parse("job.yaml", Files.readString(run.resolve("job.yaml")))
            .with("data.source.path=" + RELEASE.resolve("rows.csv"));
    Job job = SettingsBinder.bind(tree, Job.class);
    copy(run.resolve("model.checkpoints"), folder.resolve("model.checkpoints"));
    List<Long> steps = new ArrayList<>();
    TrainingState end;
    try (ShardedTable table =
        ShardedTable.load(Sessions.shared(), job.data(), job.training().shards())) {
      CheckpointFolder checkpoints =
          new CheckpointFolder(
              folder.resolve("model.checkpoints").toString(),
              new Configuration(),
              RunIdentity.of(table, job.energy(), job.training()),
              2,
              Duration.ZERO,
              () -> {},
              notice -> {
                throw new AssertionError(notice);
              });
      checkpoints.open(CheckpointFolder.Resume.STRICT);
      assertThat(checkpoints.latest().orElseThrow().step()).isEqualTo(40);
      end =
          SparkTrainer.train(
              table,
              job.energy(),
              job.training(),
              metrics -> steps.add(metrics.step()),
              checkpoints,
              () -> false);
    }
    assertThat(steps).hasSize(20).startsWith(40L);
    float[] expected =
        new ModelFolder(run.resolve("undisturbed").toString(), new Configuration())
            .read()
            .parameters();
    assertThat(end.average()).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(end.average()[i]).isCloseTo(expected[i], within(1e-4f));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)));
      }
    }
  }
}
