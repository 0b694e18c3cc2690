package io.ebmspark.spark.data.read;

import static org.apache.spark.sql.types.DataTypes.BooleanType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.SparkMessage;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;
import org.apache.spark.TaskContext;
import org.apache.spark.api.python.PythonException;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceFaultTest {
  private final SparkSession spark = Sessions.shared();
  @TempDir Path folder;

  /** A failure under one of Spark's own names. */
  private static final class Named extends Exception implements SparkThrowable {
    private static final long serialVersionUID = 1;
    private final String condition;

    Named(String condition, @Nullable Throwable cause) {
      super(condition, cause);
      this.condition = condition;
    }

    @Override
    public String getCondition() {
      return condition;
    }
  }

  private static SparkException aborted(@Nullable Throwable cause) {
    return new SparkException("Job aborted due to stage failure: Task 0 failed 4 times", cause);
  }

  static Stream<Throwable> notOfTheSource() {
    return Stream.of(
        aborted(null),
        aborted(new IOException("KryoException: java.nio is not open")),
        aborted(new Named("FAILED_REGISTER_CLASS_WITH_KRYO", null)),
        aborted(new Named("KRYO_BUFFER_OVERFLOW", null)),
        aborted(new Named("UNABLE_TO_ACQUIRE_MEMORY", null)),
        aborted(new Named("INTERNAL_ERROR_SHUFFLE", null)),
        aborted(new Named("SPARK_JOB_CANCELLED", null)),
        aborted(new Named("OPERATION_CANCELED", null)),
        aborted(new Named("_LEGACY_ERROR_TEMP_3014", null)),
        aborted(new Named("FAILED_READ_FILE.NO_HINT", new InterruptedIOException())),
        aborted(new Named("FAILED_READ_FILE.NO_HINT", new OutOfMemoryError("heap"))),
        aborted(new Named("FAILED_READ_FILE.NO_HINT", new NoClassDefFoundError("x/Codec"))),
        new IllegalStateException("Cannot call methods on a stopped SparkContext"));
  }

  @ParameterizedTest
  @MethodSource("notOfTheSource")
  void sparksOwnFailuresNeverBlameTheSource(Throwable failure) {
    assertThat(SourceFault.in(failure)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FAILED_READ_FILE.NO_HINT",
        "CAST_INVALID_INPUT",
        "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        "PATH_NOT_FOUND",
        "UNSUPPORTED_FEATURE",
        "_LEGACY_ERROR_TEMP_2130"
      })
  void whatIsWrongWithRowsAndFilesIsFoundInsideAFailedJob(String condition) {
    Named cause = new Named(condition, new IOException("at byte 4"));
    assertThat(SourceFault.in(aborted(cause))).contains(cause);
  }

  @Test
  void aFailureThatIsNotOfTheSourceSaysWhy() {
    PythonException ofAUser =
        new PythonException(
            """
            Traceback (most recent call last):
              File "f.py", line 1, in <lambda>
            ZeroDivisionError: division by zero
            """,
            null);
    assertThat(TableReader.whileReading(Sample.path(folder).settings().source(), aborted(ofAUser)))
        .isNotInstanceOf(DataException.class)
        .hasMessageEndingWith(" failed: ZeroDivisionError: division by zero");
  }

  /** Spark says of it that the file does not exist. */
  @Test
  void aFileThatMayNotBeReadIsToldAsSuch() {
    Named missing =
        new Named(
            "FAILED_READ_FILE.FILE_NOT_EXIST",
            new FileNotFoundException("/tables/day.csv (Permission denied)"));
    assertThat(SparkMessage.of(missing)).isEqualTo("/tables/day.csv (Permission denied)");
  }

  /** Cancelled while rows are read, as every job is when Spark is stopped. */
  @Test
  void aCancelledJobDoesNotBlameTheSource() throws Exception {
    Files.writeString(folder.resolve("rows.csv"), "a,b\n1,2\n3,4\n");
    spark
        .udf()
        .register("cancelled", (UDF1<Integer, Boolean>) SourceFaultTest::cancel, BooleanType);
    DataSettings settings =
        Sample.path(folder.resolve("rows.csv")).format("csv").where("cancelled(a)").settings();
    assertThatThrownBy(() -> ShardedTable.load(spark, settings, 2))
        .isNotInstanceOf(DataException.class)
        .hasStackTraceContaining("cancelled");
  }

  private static boolean cancel(int value) throws InterruptedException {
    SparkSession.getDefaultSession().get().sparkContext().cancelAllJobs();
    while (!TaskContext.get().isInterrupted()) {
      Thread.sleep(5);
    }
    return value > 0;
  }
}
