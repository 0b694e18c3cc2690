package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.settings.SettingsReference;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.run.DriftJob;
import io.ebmspark.spark.run.EvaluateJob;
import io.ebmspark.spark.run.RetrainJob;
import io.ebmspark.spark.run.SampleJob;
import io.ebmspark.spark.run.ScoreJob;
import io.ebmspark.spark.run.TrainJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsDocumentTest {
  private static final Path DOCS = Path.of("..", "docs");

  /** Run with -Dsettings.write=true to bring the documents up to date. */
  @Test
  void documentSaysWhatTheCodeReads() throws IOException {
    check(
        "settings.md",
        "# Settings\n\nGenerated from the code. A job file of `ebm train` is a TrainJob, of `ebm"
            + " score` a ScoreJob, of `ebm sample` a SampleJob, of `ebm evaluate` an EvaluateJob,"
            + " of `ebm drift` a DriftJob, of `ebm retrain` a RetrainJob.\n\n"
            + SettingsReference.markdown(
                List.of(
                    TrainJob.class,
                    ScoreJob.class,
                    SampleJob.class,
                    EvaluateJob.class,
                    DriftJob.class,
                    RetrainJob.class)));
  }

  @Test
  void documentSaysWhatARunTells() throws IOException {
    check(
        "run-json.md",
        "# run.json\n\nGenerated from the code. The file is a RunRecord; what has no value is"
            + " left out.\n\n"
            + SettingsReference.markdown(List.of(RunRecord.class))
                .replace(
                    "| setting | type | default | what it does |",
                    "| field | type | if absent | what it is |"));
  }

  private static void check(String name, String expected) throws IOException {
    Path document = DOCS.resolve(name);
    if (Boolean.getBoolean("settings.write")) {
      Files.writeString(document, expected);
    }
    assertThat(Files.readString(document)).isEqualTo(expected);
  }
}
