package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangedSourceTest {
  private static final SparkSession SPARK = Sessions.shared();
  @TempDir Path folder;

  private Path source() throws IOException {
    Path source = folder.resolve("rows.json");
    String rows =
        IntStream.range(0, 100)
            .mapToObj("{\"a\": %d.5}\n"::formatted)
            .collect(Collectors.joining());
    return Files.writeString(source, rows);
  }

  /** Its profile may be of other rows than those trained on. */
  @Test
  void noModelIsMadeOfATableThatIsReplacedWhileItIsRead() throws Exception {
    Path source = source();
    Dataset<Row> listed = SPARK.read().json(source.toString());
    Files.setLastModifiedTime(source, FileTime.fromMillis(1));
    Path model = folder.resolve("model");
    TrainJob job =
        SettingsBinder.bind(
            SettingsTree.parse(
                "job",
                """
                data: {source: {path: %s, format: json}}
                energy: {kind: mlp, hidden: [2]}
                training: {objective: {kind: denoising-score-matching, noise: 1.0}, steps: 1}
                output: {model: %s}
                """
                    .formatted(source, model)),
            TrainJob.class);
    assertThatThrownBy(() -> TrainingRun.on(listed, job, RunListener.SILENT).train(() -> false))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("rows.json", "was written to or replaced");
    assertThat(model).doesNotExist();
  }

  private void refused(Path source, String where, RunListener listener) {
    RetrainJob job =
        SettingsBinder.bind(
            SettingsTree.parse(
                "job",
                """
                name: rows
                registry: %s
                data: {source: {path: %s, format: json, where: "%s"}}
                energy: {kind: mlp, hidden: [2]}
                training: {objective: {kind: denoising-score-matching, noise: 1.0}, steps: 1}
                """
                    .formatted(folder.resolve("registry"), source, where)),
            RetrainJob.class);
    RetrainingRun night =
        new RetrainingRun(SPARK, job, Optional.empty(), new RunRecorder("retrain", listener));
    assertThatThrownBy(() -> night.run(() -> false))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("rows.json", "was written to or replaced");
  }

  private static void touch(Path file) {
    assertThatCode(() -> Files.setLastModifiedTime(file, FileTime.fromMillis(1)))
        .doesNotThrowAnyException();
  }

  /** The rows that a check refuses may be neither those of before nor those of after. */
  @Test
  void noCheckJudgesATableThatIsReplacedWhileItIsRead() throws Exception {
    Path source = source();
    refused(
        source,
        "a > 100",
        new RunListener() {
          @Override
          public void onPhase(String phase, double seconds) {
            touch(source);
          }
        });
  }

  /** It would be taken for another night's. */
  @Test
  void whatAKilledNightLeftIsKeptWhileTheTableIsReplaced() throws Exception {
    Path source = source();
    Path left = folder.resolve("registry/rows/versions/1/model.checkpoints/step-1");
    Files.createDirectories(left);
    refused(
        source,
        "true",
        new RunListener() {
          @Override
          public void onTable(ShardedTable table) {
            touch(source);
          }
        });
    assertThat(left).exists();
  }
}
