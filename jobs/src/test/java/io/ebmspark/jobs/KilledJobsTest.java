package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.spark.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes of {@code ebm train}, killed, stopped, and in each other's way. */
@Tag("long")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class KilledJobsTest {
  @TempDir Path folder;
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void stop() {
    started.forEach(Process::destroyForcibly);
  }

  /** Persistent chains, so that every kind of state occurs. */
  private Process train(String model, String log, String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                "../examples/breast-cancer.yaml",
                "--set=data.source.path=../examples/data/breast-cancer.csv",
                "--set=training.objective={kind: persistent-contrastive-divergence, steps: 5, buffer:"
                    + " {size: 600}}",
                "--set=training.learningRate=1e-4",
                "--set=training.steps=300",
                "--set=training.checkpointEvery=50",
                "--set=output.overwrite=false",
                "--set=sampling={}",
                "--set=output.model=" + folder.resolve(model)));
    arguments.addAll(Arrays.asList(more));
    Process process = JobProcess.start(folder.resolve(log), arguments.toArray(String[]::new));
    started.add(process);
    return process;
  }

  /** Asks a process to end as soon as it has made a file. */
  private void stopOnceThereIs(String file, Process process, String log) throws Exception {
    while (Files.notExists(folder.resolve(file))) {
      assertThat(process.isAlive()).as(log(log)).isTrue();
      Thread.sleep(20);
    }
    process.destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(log(log)).isEqualTo(143);
  }

  private String log(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }

  /** The weights, read as a user would, and as bytes. */
  private byte[] weights(String model) throws IOException {
    new ModelFolder(folder.resolve(model).toString(), new Configuration()).read();
    return Files.readAllBytes(folder.resolve(model).resolve("model.safetensors"));
  }

  private void await(String log, Predicate<String> seen, Process process) throws Exception {
    while (!seen.test(log(log))) {
      assertThat(process.isAlive()).as(log(log)).isTrue();
      Thread.sleep(20);
    }
  }

  private boolean hasCheckpoint(String model) throws IOException {
    Path checkpoints = folder.resolve(model + ".checkpoints");
    if (Files.notExists(checkpoints)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(checkpoints)) {
      return files.anyMatch(path -> path.endsWith("manifest.json"));
    }
  }

  /** Everything that attempts on a folder recorded. */
  private String metrics(String draft) throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.list(folder.resolve(draft))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".jsonl")).toList()) {
        all.append(Files.readString(file));
      }
    }
    assertThat(all.toString()).contains("\"step\":0");
    return all.toString();
  }

  private byte[] undisturbed() throws Exception {
    return undisturbed(train("whole", "whole.log"));
  }

  private byte[] undisturbed(Process whole) throws Exception {
    assertThat(whole.waitFor()).as(log("whole.log")).isZero();
    assertThat(folder.resolve("whole.checkpoints")).doesNotExist();
    assertThat(folder.resolve("whole.lock")).doesNotExist();
    return weights("whole");
  }

  /** Stopped by SIGTERM, then killed by SIGKILL, then resumed: the bits of a run left alone. */
  @Test
  void aStoppedAndKilledRunEndsInTheSameBits() throws Exception {
    Process whole = train("whole", "whole.log");
    Process first = train("model", "first.log");
    await("first.log", text -> text.contains("step "), first);
    while (!hasCheckpoint("model")) {
      Thread.sleep(10);
    }
    first.destroy();
    assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(first.exitValue()).as(log("first.log")).isEqualTo(143);
    assertThat(log("first.log")).contains("asked to stop: leaving a checkpoint");

    Process third = train("model", "third.log");
    await("third.log", text -> text.contains("continuing from the checkpoint of step"), third);
    third.destroyForcibly().waitFor();

    Process last = train("model", "last.log");
    assertThat(last.waitFor()).as(log("last.log")).isZero();
    assertThat(log("last.log"))
        .contains("taking over the lock of process " + third.pid())
        .contains("continuing from the checkpoint of step");
    assertThat(weights("model")).isEqualTo(undisturbed(whole));
    assertThat(folder.resolve("model.checkpoints")).doesNotExist();
    String metrics = Files.readString(folder.resolve("model/metrics.jsonl"));
    assertThat(metrics.lines().filter(line -> line.contains("\"resumed\"")).count()).isEqualTo(2);
    for (int step : new int[] {0, 199, 299}) {
      assertThat(metrics).contains("{\"step\":" + step + ",");
    }
  }

  @Test
  void theSecondRunOnAFolderHearsWhoHoldsIt() throws Exception {
    Process first = train("model", "first.log", "--set=training.steps=1000000");
    await("first.log", text -> text.contains("step "), first);
    Process second = train("model", "second.log");
    assertThat(second.waitFor()).as(log("second.log")).isEqualTo(5);
    assertThat(log("second.log"))
        .contains("is held by another run: process " + first.pid() + " of ")
        .contains(" since 20");
    // The first is unaffected: it still holds the folder, and what it leaves there is its own.
    String before = log("first.log");
    await("first.log", text -> text.length() > before.length(), first);
    first.destroy();
    assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(first.exitValue()).as(log("first.log")).isEqualTo(143);
    assertThat(hasCheckpoint("model")).isTrue();
    assertThat(folder.resolve("model.lock")).doesNotExist();
    assertThat(folder.resolve("model")).doesNotExist();
    assertThat(metrics("model.incomplete")).doesNotContain("resumed");
  }

  /** Other commands than training have no checkpoint, and say and record that they were stopped. */
  @Test
  void aStoppedCommandLeavesItsRecord() throws Exception {
    Process trained = train("model", "trained.log", "--set=training.steps=5");
    assertThat(trained.waitFor()).as(log("trained.log")).isZero();
    Process drawing =
        JobProcess.start(
            folder.resolve("drawing.log"),
            "sample",
            "--set=model=" + folder.resolve("model"),
            "--set=rows=200",
            "--set=sampling.steps=2000000000",
            "--set=output.path=" + folder.resolve("drawn"));
    started.add(drawing);
    stopOnceThereIs("drawn.lock", drawing, "drawing.log");
    assertThat(log("drawing.log")).contains("ebm: stopped on request");
    assertThat(folder.resolve("drawn.sample/report.html")).as(log("drawing.log")).exists();
    assertThat(Files.readString(folder.resolve("drawn.sample/run.json")))
        .contains("\"exitCode\" : 143", "stopped on request");
  }

  /** Before its first step training has nothing to leave, so nothing is waited for. */
  @Test
  void trainingThatIsStoppedWhileItLoadsLeavesItsRecord() throws Exception {
    Process loading = train("model", "loading.log");
    stopOnceThereIs("model.lock", loading, "loading.log");
    assertThat(log("loading.log"))
        .contains("ebm: stopped on request")
        .doesNotContain("leaving a checkpoint", "the last checkpoint stands");
    assertThat(Files.readString(folder.resolve("model.train/run.json")))
        .contains("\"exitCode\" : 143", "stopped on request");
  }

  /** Killed at random instants, from the start of the process to its end, twenty times and more. */
  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void runsKilledAtRandomInstantsEndInTheSameBits() throws Exception {
    byte[] expected = undisturbed();
    Random random = new Random(11);
    int kills = 0;
    int runs = 0;
    while (kills < 25) {
      String model = "model" + runs++;
      int code = -1;
      int attempts = 0;
      while (code != 0) {
        String log = model + "-" + attempts++ + ".log";
        Process process = train(model, log);
        if (attempts < 8
            && !process.waitFor(2_000 + random.nextInt(7_000), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly().waitFor();
          kills++;
        } else {
          code = process.waitFor();
          assertThat(code).as(log(log)).isIn(0);
        }
        if (Files.exists(folder.resolve(model).resolve("config.json"))) {
          weights(model); // whole, whenever it is there
        }
      }
      assertThat(weights(model)).isEqualTo(expected);
    }
    System.out.println("DRIVERS KILLED " + kills + " in " + runs + " runs");
  }
}
