package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.run.RunRecorder;
import io.ebmspark.spark.run.TrainJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class JobCommandTest {
  /** Fails as Spark's actions do: with an exception that is checked, and not declared. */
  @Command(name = "failing")
  private static final class Failing extends JobCommand<TrainJob> {
    Failing() {
      super(TrainJob.class);
    }

    @Override
    Conclusion run(TrainJob job, RunRecorder recorder, RunPrinter printer) {
      JobCommandTest.<RuntimeException>throwAsIs(new SparkException("Job aborted"));
      return Conclusion.done("");
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void throwAsIs(Throwable failure) throws E {
    throw (E) failure;
  }

  @Test
  void aJobThatSparkAbortsLeavesARecord(@TempDir Path folder) throws IOException {
    int code =
        new CommandLine(new Failing())
            .setExecutionExceptionHandler((e, line, parsed) -> ExitCode.of(e).code())
            .execute(
                "--set=data={source: {path: rows.csv, format: csv}}",
                "--set=output.model=" + folder.resolve("model"),
                "--record=" + folder);
    assertThat(code).isEqualTo(1);
    RunRecord record =
        SettingsBinder.bind(
            SettingsTree.parse("run.json", Files.readString(folder.resolve("run.json"))),
            RunRecord.class);
    assertThat(record.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(record.reason()).contains("Job aborted");
    assertThat(folder.resolve("report.html")).exists();
  }

  /** Of a task's exception there may be nothing but text. */
  @Test
  void aFullDiscOfSparksOwnIsAFailureOfTheStorage() {
    Exception inATask =
        new SparkException(
            "Job aborted due to stage failure: Lost task 0.0 (host executor 1): "
                + "java.io.IOException: No space left on device\n\tat java.base/…");
    assertThat(Sessions.ofADisc(inATask))
        .hasValueSatisfying(
            full -> {
              assertThat(ExitCode.of(full)).isEqualTo(ExitCode.STORAGE);
              assertThat(full.getMessage()).contains("spark.local.dir").contains("host executor 1");
              assertThat(full.getMessage().lines()).hasSize(1);
            });
    assertThat(Sessions.ofADisc(new IllegalStateException(new IOException("Disk quota exceeded"))))
        .isPresent();
    assertThat(Sessions.ofADisc(new SparkException("Job aborted"))).isEmpty();
  }

  @Test
  void whereMemoryIsShortTheSettingIsNamed() {
    OutOfMemoryError full = new OutOfMemoryError("Java heap space");
    String lost = "Job aborted: Lost task 0.3 in stage 1.0 (TID 9) (host executor %s): ";
    assertThat(ExitCode.message(full)).contains("spark.driver.memory");
    assertThat(ExitCode.message(new SparkException(lost.formatted("driver") + full, full)))
        .contains("spark.driver.memory");
    assertThat(ExitCode.message(new SparkException(lost.formatted("12") + full, full)))
        .contains("spark.executor.memory");
    assertThat(
            ExitCode.message(
                new SparkException(lost.formatted("12") + "ExecutorLostFailure (executor 12 …)")))
        .contains("spark.executor.memoryOverhead");
    assertThat(
            ExitCode.message(
                new IllegalStateException("Cannot call methods on a stopped SparkContext.")))
        .contains("spark.master");
  }

  @Test
  void aJavaThatSparkDoesNotRunOnIsNamed() {
    assertThatCode(() -> Main.checkJava(17)).doesNotThrowAnyException();
    assertThatCode(() -> Main.checkJava(21)).doesNotThrowAnyException();
    assertThatThrownBy(() -> Main.checkJava(25))
        .isInstanceOf(BadSettingException.class)
        .hasMessageStartingWith("JAVA_HOME needs to be that of a JDK 17 (or 21)")
        .hasMessageContaining("and this is Java 25 at " + System.getProperty("java.home"));
  }

  /** The one before the program is built, the other where no launcher has started it. */
  @ParameterizedTest
  @ValueSource(ints = {17, 21, 22, 25})
  void theLauncherAndTheProgramTakeTheSameJavas(int version, @TempDir Path home) throws Exception {
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"" + version + ".0.1\"' >&2\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    ProcessBuilder builder =
        new ProcessBuilder(Launcher.PROJECT.resolve("scripts/check-java").toString())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("said").toFile());
    builder.environment().put("JAVA_HOME", home.toString());
    boolean isTaken = catchThrowable(() -> Main.checkJava(version)) == null;
    boolean isStarted = builder.start().waitFor() == 0;
    assertThat(isStarted).as(Files.readString(home.resolve("said"))).isEqualTo(isTaken);
  }
}
