package io.ebmspark.spark.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.profile.TableScan;
import io.ebmspark.spark.store.LockedException;
import io.ebmspark.spark.store.RunLock;
import io.ebmspark.spark.store.StorageException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints and locks on a real HDFS. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@Tag("long")
class HdfsTest {
  private static final RunIdentity RUN = new RunIdentity("rows", "features", "{}", "{}", 0);

  @TempDir static Path folder;
  private static MiniDFSCluster hdfs;
  private static Configuration configuration;

  @BeforeAll
  static void start() throws Exception {
    configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.toString());
    // A client gives up on a name node at once, since waiting is tested here.
    configuration.setInt("ipc.client.connect.max.retries", 0);
    configuration.setInt("ipc.client.connect.timeout", 1_000);
    configuration.setBoolean("dfs.client.retry.policy.enabled", false);
    configuration.setInt("dfs.client.retry.max.attempts", 0);
    hdfs = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    hdfs.waitActive();
  }

  @AfterAll
  static void stop() {
    hdfs.shutdown();
  }

  private static String path(String name) {
    return "hdfs://127.0.0.1:" + hdfs.getNameNodePort() + "/models/" + name;
  }

  private static TrainingState state(long step) {
    return new TrainingState(
        new float[] {step, 2}, new float[] {1, step}, new float[][] {{3, 4}}, null, step, 0);
  }

  private static CheckpointFolder checkpoints(String name, List<String> notices) {
    return new CheckpointFolder(
        path(name), configuration, RUN, 2, Duration.ofSeconds(60), () -> {}, notices::add);
  }

  @Test
  void checkpointsSurviveTheirWriter() {
    List<String> notices = new CopyOnWriteArrayList<>();
    CheckpointFolder first = checkpoints("survive", notices);
    for (long step = 1; step <= 5; step++) {
      first.save(state(step));
    }
    TrainingState found = checkpoints("survive", notices).latest().orElseThrow();
    assertThat(found.step()).isEqualTo(5);
    assertThat(found.parameters()).containsExactly(5, 2);
    assertThat(notices).isEmpty();
  }

  @Test
  void anUnreachableNameNodeIsWaitedFor() throws Exception {
    List<String> notices = new CopyOnWriteArrayList<>();
    CheckpointFolder run = checkpoints("outage", notices);
    run.save(state(1));
    hdfs.shutdownNameNode(0);
    Thread writer = new Thread(() -> run.save(state(2)));
    writer.start();
    while (notices.isEmpty()) {
      Thread.sleep(50);
    }
    assertThat(writer.isAlive()).isTrue();
    hdfs.restartNameNode(0);
    writer.join(60_000);
    assertThat(run.latest().orElseThrow().step()).isEqualTo(2);
    assertThat(notices).allMatch(text -> text.contains("trying again"));
  }

  /** A file is then made, and nothing can be written into it, as where there is no room. */
  @Test
  void dataNodesThatAreAwayAreWaitedForToo() throws Exception {
    List<String> notices = new CopyOnWriteArrayList<>();
    CheckpointFolder run = checkpoints("full", notices);
    run.save(state(1));
    MiniDFSCluster.DataNodeProperties away = hdfs.stopDataNode(0);
    Thread writer = new Thread(() -> run.save(state(2)));
    writer.start();
    while (notices.isEmpty() && writer.isAlive()) {
      Thread.sleep(50);
    }
    hdfs.restartDataNode(away, true);
    hdfs.waitActive();
    writer.join(60_000);
    assertThat(run.latest().orElseThrow().step()).isEqualTo(2);
    assertThat(notices).isNotEmpty().allMatch(text -> text.contains("trying again"));
  }

  /** A later try may well succeed: the table is not wrong. */
  @Test
  void aTableWhoseDataNodesAreAwayCannotBeReached() throws Exception {
    String table = path("table.json");
    try (var out = hdfs.getFileSystem().create(new org.apache.hadoop.fs.Path(table))) {
      out.writeBytes("{\"a\": 1.5}\n{\"a\": 2.5}\n");
    }
    DataSettings data = Sample.path(table).format("json").settings();
    Dataset<Row> rows = TableReader.read(Sessions.shared(), data.source());
    MiniDFSCluster.DataNodeProperties away = hdfs.stopDataNode(0);
    try {
      assertThatThrownBy(() -> TableScan.of(rows, data))
          .isInstanceOf(StorageException.class)
          .hasMessageContainingAll("table.json", "cannot be reached: Could not obtain block");
    } finally {
      hdfs.restartDataNode(away, true);
      hdfs.waitActive();
    }
  }

  @Test
  void theSecondRunHearsWhoHoldsTheFolder() {
    List<String> notices = new CopyOnWriteArrayList<>();
    try (RunLock held = RunLock.take(path("held"), configuration, notices::add)) {
      assertThatThrownBy(() -> RunLock.take(path("held"), configuration, notices::add))
          .isInstanceOf(LockedException.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid() + " of ")
          .hasMessageContaining(" since 20");
      held.check();
    }
    RunLock.take(path("held"), configuration, notices::add).close();
  }
}
