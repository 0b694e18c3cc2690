package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.settings.SettingsReference;
import io.ebmspark.spark.run.SampleJob;
import io.ebmspark.spark.run.ScoreJob;
import io.ebmspark.spark.run.TrainJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsDocumentTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "settings.md");

  /** Run with -Dsettings.write=true to bring the document up to date. */
  @Test
  void documentSaysWhatTheCodeReads() throws IOException {
    String expected =
        "# Settings\n\nGenerated from the code. A job file of `ebm train` is a TrainJob, of `ebm"
            + " score` a ScoreJob, of `ebm sample` a SampleJob.\n\n"
            + SettingsReference.markdown(List.of(TrainJob.class, ScoreJob.class, SampleJob.class));
    if (Boolean.getBoolean("settings.write")) {
      Files.writeString(DOCUMENT, expected);
    }
    assertThat(Files.readString(DOCUMENT)).isEqualTo(expected);
  }
}
