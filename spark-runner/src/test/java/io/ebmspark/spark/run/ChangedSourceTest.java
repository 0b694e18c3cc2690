package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Sessions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
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

  /** Its profile may be of other rows than those trained on. */
  @Test
  void noModelIsMadeOfATableThatIsReplacedWhileItIsRead() throws Exception {
    Path source = folder.resolve("rows.json");
    String rows =
        IntStream.range(0, 100)
            .mapToObj("{\"a\": %d.5}\n"::formatted)
            .collect(Collectors.joining());
    Files.writeString(source, rows);
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
}
