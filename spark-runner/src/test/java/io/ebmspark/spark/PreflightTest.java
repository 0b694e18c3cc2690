package io.ebmspark.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.ebmspark.core.engine.NativeEngine;
import io.ebmspark.core.engine.NativeLibraryException;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.TaskFailure;
import io.ebmspark.spark.run.RunListener;
import io.ebmspark.spark.run.TrainJob;
import io.ebmspark.spark.run.TrainingRun;
import io.ebmspark.spark.train.ClusterSession;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executors that cannot compute, each a process of its own on a cluster of its own. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PreflightTest {
  private static final String JAVA_OPTIONS = "spark.executor.extraJavaOptions";

  @TempDir Path folder;

  @AfterEach
  void stop() {
    ClusterSession.stop();
  }

  private static SparkSession cluster(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(Map.of("spark.executor.memory", "600m"));
    all.putAll(more);
    return ClusterSession.start("local-cluster[1,1,1024]", all);
  }

  private static void check(SparkSession spark) {
    Preflight.check(spark.sparkContext(), notice -> {});
  }

  private Map<String, String> brokenLibrary() throws IOException {
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.createFile(broken.resolve("libtorch.so"));
    return Map.of("spark.executorEnv.PYTORCH_LIBRARY_PATH", broken.toString());
  }

  /** What a task of no run says, as it does on an executor that joins during one. */
  private static Throwable inATask(SparkSession spark) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return catchThrowable(
        () -> context.parallelize(List.of(1), 1).foreach(i -> NativeEngine.load()));
  }

  /** The table does not exist, which is what the run would have found next. */
  @Test
  @Tag("long")
  void aLibraryThatDoesNotLoadEndsARunBeforeItReads() throws Exception {
    SparkSession spark = cluster(brokenLibrary());
    TrainJob job =
        SettingsBinder.bind(
            SettingsTree.parse(
                "job",
                "{data: {source: {path: /nowhere.csv, format: csv}}, output: {model: "
                    + folder.resolve("model")
                    + "}}"),
            TrainJob.class);
    TrainingRun run = new TrainingRun(spark, job, RunListener.SILENT);
    String library = folder.resolve("broken") + "/libtorch.so: " + folder.resolve("broken");
    String sentence =
        "libtorch cannot be loaded on %s (linux-x86_64) from PYTORCH_LIBRARY_PATH=%s: %s/libtorch.so: file too short; correct PYTORCH_LIBRARY_PATH, or unset it to use the jar's own libtorch"
            .formatted(InetAddress.getLocalHost().getHostName(), folder.resolve("broken"), library);
    assertThatThrownBy(() -> run.train(() -> false))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessage(sentence);
    assertThat(folder.resolve("model.lock")).doesNotExist();
    assertThat(TaskFailure.inside(inATask(spark)).orElseThrow()).hasMessage(sentence);
  }

  @Test
  @Tag("long")
  void anotherArchitectureIsNamedWithTheOneInTheJar() {
    SparkSession spark = cluster(Map.of(JAVA_OPTIONS, "-Dos.arch=aarch64"));
    assertThatThrownBy(() -> check(spark))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageMatching(
            "the application's jar has libtorch for cpu linux-x86_64, and \\S+ is linux-aarch64;"
                + " build the jar with -Dpytorch\\.native\\.classifier=linux-aarch64");
  }

  @Test
  @Tag("long")
  void aGpuThatLibtorchIsNotBuiltForIsNamed() throws Exception {
    Path script = folder.resolve("gpus.sh");
    Files.writeString(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"5\"]}'\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    SparkSession spark =
        cluster(
            Map.of(
                "spark.worker.resource.gpu.amount", "1",
                "spark.worker.resource.gpu.discoveryScript", script.toString(),
                "spark.executor.resource.gpu.amount", "1",
                "spark.task.resource.gpu.amount", "1"));
    assertThatThrownBy(() -> check(spark))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageMatching(
            "a task was given GPU 5 of \\S+, and the jar's libtorch is for CPUs; build the jar for"
                + " GPUs \\(docs/gpu\\.md\\), or take spark\\.task\\.resource\\.gpu\\.amount out of"
                + " the settings");
  }

  @Test
  @Tag("long")
  void executorsWithoutTheJarAreToldOf() {
    SparkSession spark =
        cluster(
            Map.of(
                "spark.executor.extraClassPath", "",
                "spark.serializer", "org.apache.spark.serializer.JavaSerializer",
                "spark.kryo.registrator", ""));
    assertThatThrownBy(() -> check(spark))
        .hasMessageStartingWith("the executors do not have the application's jar; name it in");
  }

  /** A file is where the home folder would be, so that root cannot write to it either. */
  @Test
  @Tag("long")
  void anExecutorWithoutAHomeUsesTheFolderForTemporaryFiles() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    SparkSession spark =
        cluster(Map.of(JAVA_OPTIONS, "-Duser.home=" + file + " -Djava.io.tmpdir=" + temporary));
    check(spark);
    assertThat(inATask(spark)).isNull();
    try (var inside = Files.list(temporary)) {
      assertThat(inside.map(path -> "" + path.getFileName()))
          .anyMatch(name -> name.startsWith("ebm-on-spark-"));
    }
  }

  private static Preflight.Answer answer(String executor, String platform, String problem) {
    return new Preflight.Answer(executor, "host-" + executor, platform, problem);
  }

  @Test
  void oneSentenceForAllExecutors() {
    List<String> notices = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Preflight.judge(
                    List.of(
                        answer("1", "Java 17 on amd64", null),
                        answer("2", "Java 17 on amd64", "no library on host-2"),
                        answer("3", "Java 17 on amd64", "no library on host-3")),
                    "Java 17 on amd64",
                    notices::add))
        .hasMessage("no library on host-2 (the first of 2 executors that cannot compute)");
    assertThatCode(
            () ->
                Preflight.judge(
                    List.of(
                        answer("1", "Java 17 on amd64", null),
                        answer("2", "Java 21 on amd64", null)),
                    "Java 17 on amd64",
                    notices::add))
        .doesNotThrowAnyException();
    assertThat(notices)
        .containsExactly(
            "the driver has Java 17 on amd64, and host-2 has Java 21 on amd64: the same bits are"
                + " only promised on machines that are alike, or told to compute alike"
                + " (docs/clusters.md)");
  }
}
