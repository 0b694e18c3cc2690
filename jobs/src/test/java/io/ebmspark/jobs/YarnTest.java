package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher with a real Spark distribution on YARN: a resource manager and a node manager, whose
 * containers are processes of their own. Needs the packed jar, which the script builds.
 */
@Tag("long")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class YarnTest {
  @TempDir static Path folder;
  private static MiniYARNCluster yarn;
  private static String sparkHome = "";

  @BeforeAll
  static void startCluster() throws Exception {
    sparkHome = Distribution.sparkHome();

    YarnConfiguration settings = new YarnConfiguration();
    settings.set("yarn.scheduler.minimum-allocation-mb", "256");
    settings.set("yarn.nodemanager.vmem-check-enabled", "false");
    // A disc that is nearly full is no reason to have no node.
    settings.set(
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "100");
    String queues = "yarn.scheduler.capacity.";
    settings.set(queues + "maximum-am-resource-percent", "1.0");
    settings.set(queues + "root.queues", "default");
    settings.set(queues + "root.default.capacity", "100");
    System.setProperty("test.build.data", folder.resolve("yarn").toString());
    yarn = new MiniYARNCluster("ebm", 1, 1, 1);
    yarn.init(settings);
    yarn.start();
    while (yarn.getConfig().get(YarnConfiguration.RM_ADDRESS).endsWith(":0")) {
      Thread.sleep(100);
    }
    try (OutputStream file = Files.newOutputStream(folder.resolve("yarn-site.xml"))) {
      yarn.getConfig().writeXml(file);
    }
  }

  @AfterAll
  static void stopCluster() {
    yarn.stop();
  }

  private static Launcher.Result run(String mode, String... command) throws Exception {
    List<String> submit =
        List.of(
            "--master yarn --deploy-mode " + mode,
            "--driver-memory 600m --executor-memory 600m --num-executors 1",
            "--conf spark.executor.cores=1 --conf spark.executor.memoryOverhead=500m",
            "--conf spark.driver.memoryOverhead=500m",
            // YARN's filter may come into the UI while Spark starts it: docs/clusters.md.
            "--conf spark.ui.enabled=false",
            "--conf spark.yarn.jars=local:" + sparkHome + "/jars/*",
            "--conf spark.yarn.stagingDir=" + folder.resolve("staging"));
    Launcher launcher =
        new Launcher(
            Launcher.PROJECT,
            folder,
            Map.of(
                "SPARK_HOME",
                sparkHome,
                "HADOOP_CONF_DIR",
                folder.toString(),
                "EBM_SPARK_CONF",
                "conf/spark/cluster.conf",
                "EBM_SUBMIT",
                String.join(" ", submit)));
    return launcher.run(command);
  }

  private static Launcher.Result train(String mode, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "train",
                "examples/breast-cancer.yaml",
                "--set=training.steps=20",
                "--set=training.learningRate=1e-3",
                "--set=output.model=" + folder.resolve(mode)));
    command.addAll(List.of(more));
    return run(mode, command.toArray(String[]::new));
  }

  private static byte[] weights(String mode) throws IOException {
    return Files.readAllBytes(folder.resolve(mode).resolve("model.safetensors"));
  }

  /** The table is scored where its model was trained by a driver of the cluster's own. */
  @Test
  void clientAndClusterModeTrainTheSameModelAndScore() throws Exception {
    Launcher.Result client = train("client");
    assertThat(client.code()).as("%s", client).isZero();
    Launcher.Result cluster = train("cluster");
    assertThat(cluster.code()).as("%s", cluster).isZero();
    assertThat(weights("cluster")).isEqualTo(weights("client"));

    Path scored = folder.resolve("scored");
    Launcher.Result score =
        run(
            "cluster",
            "score",
            "examples/breast-cancer-score.yaml",
            "--set=model=" + folder.resolve("cluster"),
            "--set=output={path: " + scored + ", format: csv}");
    assertThat(score.code()).as("%s", score).isZero();
    assertThat(dataRows(Launcher.PROJECT.resolve("examples/data"), "breast-cancer.csv"))
        .isEqualTo(569)
        .isEqualTo(dataRows(scored, "part-"));
  }

  /** Lines of a folder's files, less a header each. */
  private static long dataRows(Path place, String name) throws IOException {
    long rows = 0;
    try (Stream<Path> files = Files.list(place)) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith(name)).toList()) {
        rows += Files.readAllLines(file).size() - 1;
      }
    }
    return rows;
  }

  /** YARN passes the driver's failure on; the reason is in its log, on the node. */
  @Test
  void aFailureOnTheClusterIsAFailureHere() throws Exception {
    Launcher.Result failed =
        train("cluster", "--set=data.source.path=/nowhere.csv", "--set=output.model=/nowhere/m");
    assertThat(failed.code()).as("%s", failed).isEqualTo(1);
  }
}
