package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher on other machines, in other folders, and with users' mistakes. */
@Tag("long")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class LauncherTest {
  private static final String[] SMALL = {
    "train",
    "examples/breast-cancer.yaml",
    "--set=training.steps=5",
    "--set=training.learningRate=1e-3",
    "--set=output.overwrite=false"
  };

  @TempDir Path folder;
  private Launcher launcher;

  @BeforeEach
  void local() {
    launcher = new Launcher(Launcher.PROJECT, folder, Map.of());
  }

  private static String[] with(String[] command, String... more) {
    return Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray(String[]::new);
  }

  private String[] small(String... more) {
    return with(with(SMALL, "--set=output.model=" + folder.resolve("new")), more);
  }

  /** Counts what a user sees for the ten commonest mistakes: docs/reliability.md has the table. */
  @Test
  void aMistakeIsOneLine() throws Exception {
    List<String> rows =
        Files.readAllLines(Launcher.PROJECT.resolve("examples/data/breast-cancer.csv"));
    Path gaps = folder.resolve("gaps.csv");
    Files.write(
        gaps,
        Stream.concat(
                rows.stream().limit(20),
                rows.stream().skip(20).limit(20).map(row -> row.replaceFirst("^[^,]*", "")))
            .toList());
    Path model = folder.resolve("model");
    assertThat(launcher.run(with(SMALL, "--set=output.model=" + model)).code()).isZero();

    saysOneLine(3, "does not exist", small("--set=data.source.path=" + folder.resolve("no.csv")));
    saysOneLine(3, "", small("--set=data.source.path=" + folder.resolve("no*such*.csv")));
    saysOneLine(3, "cannot be read as parquet", small("--set=data.source.format=parquet"));
    saysOneLine(
        3, "hold nulls", small("--set=data.source.path=" + gaps, "--set=data.missing=error"));
    saysOneLine(
        3,
        "has a missing value in mean_radius",
        "score",
        "--set=model=" + model,
        "--set=source={path: " + gaps + ", format: csv}",
        "--set=missing=error",
        "--set=output.path=" + folder.resolve("scored"));
    saysOneLine(2, "no such job file", "train", "examples/breast-cancr.yaml");
    saysOneLine(2, "stesp", small("--set=training.stesp=5"));
    saysOneLine(3, "radius", small("--set=data.features=[radius]"));
    saysOneLine(2, "holds a model already", with(SMALL, "--set=output.model=" + model));
    saysOneLine(
        4,
        "diverged",
        small("--set=training.optimizer={kind: sgd}", "--set=training.learningRate=1e30"));

    Launcher.Result trace =
        launcher.run(small("--stacktrace", "--set=data.source.path=" + folder.resolve("no.csv")));
    assertThat(trace.errorLines()).as("with --stacktrace").hasSizeGreaterThan(20);
  }

  private void saysOneLine(int code, String words, String... command) throws Exception {
    Launcher.Result result = launcher.run(command);
    assertThat(result.code()).as("%s", result).isEqualTo(code);
    assertThat(result.err()).contains(words);
    assertThat(result.errorLines()).as(String.join(" ", command)).hasSize(1);
  }

  @Test
  void aFolderAndOptionsWithBlanks() throws Exception {
    Path clone = Files.createDirectory(folder.resolve("a clone"));
    for (String part : List.of("scripts", "conf", "jobs", "examples", "spark-home", "pom.xml")) {
      Files.createSymbolicLink(clone.resolve(part), Launcher.PROJECT.resolve(part));
    }
    Launcher there =
        new Launcher(
            clone, folder, Map.of("EBM_SUBMIT", "--name 'two words' --conf \"spark.a.b=c d\""));
    Launcher.Result result = there.run(small());
    assertThat(result.code()).as("%s", result).isZero();
    assertThat(result.errorLines()).isEmpty();
    Launcher blank = new Launcher(clone, folder, Map.of("EBM_SUBMIT", " "));
    assertThat(blank.run("--version").code()).isZero();
    Launcher open = new Launcher(clone, folder, Map.of("EBM_SUBMIT", "--name 'two words"));
    assertThat(open.run(small()).errorLines())
        .containsExactly("ebm: EBM_SUBMIT has a quote that does not end: --name 'two words");
    Launcher none = new Launcher(clone, folder, Map.of("EBM_SPARK_CONF", "no such.conf"));
    assertThat(none.run(small()).err())
        .startsWith("ebm: EBM_SPARK_CONF is no such.conf, which is no file")
        .hasLineCount(1);
  }

  @Test
  void theLauncherMayBeALink() throws Exception {
    Path linked = folder.resolve("linked");
    Path scripts = Files.createDirectories(linked.resolve("scripts"));
    Files.createSymbolicLink(
        scripts.resolve("other"), scripts.relativize(Launcher.PROJECT.resolve("scripts/ebm")));
    Files.createSymbolicLink(scripts.resolve("ebm"), Path.of("other"));
    Launcher.Result result = new Launcher(linked, folder, Map.of()).run("--version");
    assertThat(result.code()).as("%s", result).isZero();
  }

  @Test
  void anotherJdkIsNamedAndSoIsTheOneThatIsNeeded() throws Exception {
    Launcher.Result none = withJavaHome("/nowhere").run(small());
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.errorLines()).hasSize(1);
    assertThat(none.err()).contains("needs JDK 17").contains("/nowhere/bin/java");
    // Another version of java, judging by its -version.
    for (String version : List.of("25.0.3", "11.0.22", "1.8.0_402")) {
      Path bin = Files.createDirectories(folder.resolve("jdk-" + version + "/bin"));
      Path java = bin.resolve("java");
      Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"" + version + "\"' >&2\n");
      assumeTrue(java.toFile().setExecutable(true));
      Launcher.Result other = withJavaHome(bin.getParent().toString()).run(small());
      assertThat(other.code()).isEqualTo(2);
      assertThat(other.errorLines()).hasSize(1);
      assertThat(other.err()).contains("needs JDK 17").contains(version).contains("JAVA_HOME");
    }
  }

  /** Cron starts programs with hardly any environment, and so in the C locale. */
  @Test
  void namesOutsideOfAsciiInTheLocaleOfCron() throws Exception {
    Path job = folder.resolve("job.yaml");
    Files.writeString(
        job,
        "data: {source: {path: examples/data/two-moons.csv, format: csv}}\n"
            + "training: {steps: 2}\noutput: {model: "
            + folder
            + "/größe}\n");
    Launcher cron = new Launcher(Launcher.PROJECT, folder, Map.of("LC_ALL", "", "LANG", "C"));
    Launcher.Result result = cron.run("train", job.toString());
    assertThat(result.code()).as("%s", result).isZero();
  }

  /** Where the driver is, for one, is to be read while it runs. */
  @Test
  void whatSparkSubmitSaysInClusterModeIsPassedOnAsItComes() throws Exception {
    Path submit = Files.createDirectories(folder.resolve("spark/bin")).resolve("spark-submit");
    Path end = folder.resolve("end");
    Files.writeString(
        submit,
        "#!/bin/sh\necho 'the driver runs' >&2\nwhile [ ! -e "
            + end
            + " ]; do sleep 0.1; done\necho 'State of driver 1 is FAILED' >&2\n");
    assumeTrue(submit.toFile().setExecutable(true));
    Launcher cluster =
        new Launcher(
            Launcher.PROJECT,
            folder,
            Map.of(
                "SPARK_HOME", "" + folder.resolve("spark"), "EBM_SUBMIT", "--deploy-mode cluster"));
    Path err = folder.resolve("cluster.err");
    Process process = cluster.start(folder.resolve("cluster.out"), err, "train");
    while (!Files.readString(err).contains("the driver runs")) {
      Thread.sleep(50);
    }
    Files.createFile(end);
    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(Files.readString(err)).contains("ebm: the driver failed");
  }

  private Launcher withJavaHome(String home) {
    return new Launcher(Launcher.PROJECT, folder, Map.of("JAVA_HOME", home));
  }

  @Test
  void preflightNamesTheMachinesThatCanCompute() throws Exception {
    Launcher cluster =
        new Launcher(
            Launcher.PROJECT,
            folder,
            Map.of(
                "EBM_SUBMIT",
                "--master local-cluster[1,1,1024] --conf spark.executor.memory=700m"));
    Launcher.Result result = cluster.run("preflight");
    assertThat(result.code()).as("%s", result).isZero();
    assertThat(result.out().lines())
        .anyMatch(line -> line.matches("can compute: the driver, Java 17 on \\w+.*"))
        .anyMatch(line -> line.matches("can compute: executor 0 on \\S+, Java 17 on \\w+.*"));
  }

  /** Read first, the table that does not exist would have ended the job with code 3. */
  @Test
  void anExecutorThatCannotComputeIsNamedBeforeARowIsRead() throws Exception {
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.createFile(broken.resolve("libtorch.so"));
    Launcher cluster =
        new Launcher(
            Launcher.PROJECT,
            folder,
            Map.of(
                "EBM_SUBMIT",
                "--master local-cluster[1,1,1024] --conf spark.executor.memory=700m --conf"
                    + " spark.executorEnv.PYTORCH_LIBRARY_PATH="
                    + broken));
    Launcher.Result result =
        cluster.run(small("--set=data.source.path=" + folder.resolve("no.csv")));
    assertThat(result.code()).as("%s", result).isEqualTo(2);
    assertThat(result.errorLines()).hasSize(1);
    assertThat(result.err())
        .contains("ebm: libtorch cannot be loaded on ")
        .contains("correct PYTORCH_LIBRARY_PATH");
  }

  /** A job file and a jar that are sent along, and executors that are processes of their own. */
  @Test
  void localClusterWithShippedFiles() throws IOException, InterruptedException {
    Path job = folder.resolve("shipped job.yaml");
    Files.copy(Launcher.PROJECT.resolve("examples/custom-mixture.yaml"), job);
    Launcher cluster =
        new Launcher(
            Launcher.PROJECT,
            folder,
            Map.of(
                "EBM_SUBMIT",
                "--master local-cluster[2,1,1024] --conf spark.executor.memory=700m --jars"
                    + " examples/target/examples.jar --files '"
                    + job
                    + "'"));
    Launcher.Result result =
        cluster.run(
            "train",
            job.toString(),
            "--set=training.steps=5",
            "--set=output.model=" + folder.resolve("new"));
    assertThat(result.code()).as("%s", result).isZero();
    assertThat(result.errorLines()).isEmpty();
  }
}
