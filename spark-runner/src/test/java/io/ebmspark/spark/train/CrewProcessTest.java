package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.StepRequest;
import io.ebmspark.core.training.StepTotal;
import io.ebmspark.core.training.TrainingSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CrewProcessTest {
  private static final int SHARDS = 8;
  private static final int ROWS = 4;
  private static final long[] SHAPE = {2};
  private static final Energy ENERGY = new Mlp(List.of(16), Activation.SILU);
  private static final GradientWorker WORKER =
      new GradientWorker(
          ENERGY,
          SHAPE,
          SettingsBinder.bind(
              SettingsTree.parse(
                  "training",
                  "{objective: {kind: denoising-score-matching, noise: 0.3}, batchSize: 1000}"),
              TrainingSettings.class),
          SHARDS * ROWS);
  private static final StepRequest REQUEST =
      new StepRequest(0, 0, ENERGY.parameters(SHAPE).initialise(1), null);

  /** The total of shards, of which a run here has two. */
  private static StepTotal total(int first, int end) {
    List<RowBlock> blocks = new ArrayList<>();
    for (int shard = first; shard < end; shard++) {
      float[] values = new float[2 * ROWS];
      RandomStream.of(1, Purpose.CHECK, shard).normals(0, 0, values, 0, values.length);
      blocks.add(new RowBlock((long) shard * ROWS, 2, values));
    }
    return WORKER.total(REQUEST, first, blocks.iterator(), Device.cpu());
  }

  private static StepTotal ofRun(int run) {
    return total(2 * run, 2 * run + 2);
  }

  private final CrewProcess process = CrewProcess.join("a crew");

  @AfterEach
  void leave() {
    process.leave("a crew");
  }

  @Test
  void membersOfACrewShareOneUntilAllHaveLeft() {
    CrewProcess other = CrewProcess.join("another");
    assertThat(other).isNotSameAs(process);
    assertThat(CrewProcess.join("another")).isSameAs(other);
    other.leave("another");
    assertThat(CrewProcess.join("another")).isSameAs(other);
    other.leave("another");
    other.leave("another");
    CrewProcess later = CrewProcess.join("another");
    assertThat(later).isNotSameAs(other);
    later.leave("another");
  }

  @Test
  void theLastOfAProcessSendsOneVectorForAll() {
    for (int run : new int[] {0, 1, 3}) {
      assertThat(process.begin(7, run)).isFalse();
    }
    assertThat(process.end(7, 0, ofRun(0))).isNull();
    assertThat(process.end(7, 3, ofRun(3))).isNull();
    RunTotals sent = process.end(7, 1, ofRun(1));
    assertThat(sent.runs()).containsExactly(0, 1, 3);
    // Runs 0 and 1 are a whole subtree, run 3 is another.
    assertThat(sent.values()).isEqualTo(2 * total(0, 1).values());
    assertThatThrownBy(sent::only).hasMessage("runs [0, 1, 3] are not neighbours");

    // Another process has run 2.
    RunTotals all = RunTotals.of(2, ofRun(2));
    assertThat(all.add(sent)).isTrue();
    assertThat(all.only().gradient()).containsExactly(total(0, SHARDS).gradient());
  }

  @Test
  void totalsThatNobodyWasLeftToSendAreSentByWhoIsAskedAgain() {
    process.begin(7, 0);
    process.begin(7, 1);
    assertThat(process.end(7, 0, ofRun(0))).isNull();
    process.abandon(7);
    assertThat(process.begin(7, 0)).isTrue();
    assertThat(process.end(7, 0, null).runs()).containsExactly(0);
    // Once they are sent they are no longer here.
    assertThat(process.begin(7, 0)).isFalse();
  }

  @Test
  void totalsOfDifferentOrdersAreNotJoined() {
    process.begin(7, 0);
    process.begin(7, 1);
    assertThat(process.end(7, 0, ofRun(0))).isNull();
    process.begin(8, 0);
    // One that was thought lost ends with an order that is over.
    assertThat(process.end(7, 1, ofRun(1)).runs()).containsExactly(1);
    assertThat(process.end(8, 0, ofRun(0)).runs()).containsExactly(0);
  }

  @Test
  void whatHasBeenJoinedWithAnotherAttemptOfARunIsNotAdded() {
    RunTotals driver = RunTotals.of(1, ofRun(1));
    RunTotals both = RunTotals.of(0, ofRun(0));
    both.add(1, ofRun(1));
    both.add(1, ofRun(1));
    assertThat(both.only().shards()).isEqualTo(4);
    assertThat(driver.add(both)).isFalse();
    assertThat(driver.runs()).containsExactly(1);
  }

  @Test
  void aReportReachesTheDriverAsItWasSent() {
    RunTotals totals = RunTotals.of(0, ofRun(0));
    totals.add(3, ofRun(3));
    CrewMessage.Report sent = new CrewMessage.Report(3, "e", 7, totals, false);
    CrewMessage.Report read = CrewMessage.Report.read(sent.toBytes());
    assertThat(read.run()).isEqualTo(3);
    assertThat(read.executor()).isEqualTo("e");
    assertThat(read.totals().runs()).containsExactly(0, 3);
    assertThat(read.totals().values()).isEqualTo(totals.values());
    assertThat(read.hasHandedOver(7)).isFalse();
    CrewMessage.Report without = new CrewMessage.Report(3, "e", 7, null, false);
    assertThat(CrewMessage.Report.read(without.toBytes()).hasHandedOver(7)).isTrue();
    assertThat(CrewMessage.Report.ready(3, "e").hasHandedOver(7)).isFalse();
  }
}
