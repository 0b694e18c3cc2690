package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Vectors;
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
import java.util.Map;
import org.apache.spark.storage.BlockManagerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Option;

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

  private static final BlockManagerId EXECUTOR =
      BlockManagerId.apply("e", "localhost", 7337, Option.empty());

  private static final SliceStore.Kept KEPT = new SliceStore.Kept(EXECUTOR, 5, "slices0");

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
  void nobodyWaitsForWorkThatCouldNotBeHad() throws InterruptedException {
    CrewMessage.Work work = new CrewMessage.Work(REQUEST, List.of());
    process.work(7, work);
    process.misses(7); // another member, asked again
    assertThat(process.work(7, null)).isSameAs(work);
    process.misses(8);
    assertThat(process.work(8, null)).isNull();
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
    CrewMessage.Report sent =
        CrewMessage.Report.of(3, "e", 7, CrewMessage.Answer.TOTALS)
            .with(totals.withoutGradients())
            .with(KEPT);
    CrewMessage.Report read = CrewMessage.Report.read(sent.toBytes());
    assertThat(read.run()).isEqualTo(3);
    assertThat(read.executor()).isEqualTo("e");
    assertThat(read.order()).isEqualTo(7);
    assertThat(read.answer()).isEqualTo(CrewMessage.Answer.TOTALS);
    assertThat(read.totals().runs()).containsExactly(0, 3);
    assertThat(read.totals().values()).isZero();
    assertThat(read.kept()).isEqualTo(sent.kept());
    CrewMessage.Report slices =
        CrewMessage.Report.read(
            CrewMessage.Report.of(3, "e", 7, CrewMessage.Answer.SLICES)
                .with(Map.of(4, new float[] {1, 2}))
                .toBytes());
    assertThat(slices.totals()).isNull();
    assertThat(slices.slices().get(4)).containsExactly(1, 2);
  }

  @Test
  void anOrderReachesAMemberAsItWasSent() {
    CrewMessage.Order order =
        CrewMessage.Order.toCompute(7, new CrewMessage.Work(REQUEST, List.of(KEPT, KEPT)));
    CrewMessage.Order read = CrewMessage.Order.read(order.toBytes());
    assertThat(read.work().request().parameters()).containsExactly(REQUEST.parameters());
    assertThat(read.work().parameters()).containsExactly(KEPT, KEPT);
    assertThat(read.toKeep()).isNull();
    assertThat(read.toJoin()).isNull();
    CrewMessage.Order toKeep = CrewMessage.Order.toKeep(7, Map.of(2, new float[] {1, 2}));
    assertThat(CrewMessage.Order.read(toKeep.toBytes()).toKeep().get(2)).containsExactly(1, 2);
    CrewMessage.Joining joining = new CrewMessage.Joining(List.of(0, 2), List.of(KEPT));
    assertThat(CrewMessage.Order.read(CrewMessage.Order.toJoin(7, joining).toBytes()).toJoin())
        .isEqualTo(joining);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 64, 500})
  void theTotalOfSlicesIsThatOfTheWhole(int slices) {
    RunTotals some = RunTotals.of(0, ofRun(0));
    some.add(3, ofRun(3)); // no neighbours: three vectors
    RunTotals others = RunTotals.of(1, ofRun(1));
    others.add(2, ofRun(2));
    RunTotals rest = some.withoutGradients();
    rest.add(others.withoutGradients());
    List<float[]> joined = new ArrayList<>();
    for (int slice = 0; slice < slices; slice++) {
      RunTotals ofSlice = RunTotals.read(others.slice(slice, slices).toBytes());
      assertThat(ofSlice.add(RunTotals.read(some.slice(slice, slices).toBytes()))).isTrue();
      joined.add(ofSlice.only().gradient());
    }
    StepTotal total = rest.only();
    total.complete(joined);
    StepTotal expected = total(0, SHARDS);
    assertThat(total.gradient()).containsExactly(expected.gradient());
    assertThat(total.rows()).isEqualTo(expected.rows());
    assertThat(total.shards()).isEqualTo(SHARDS);
  }

  @Test
  void slicesAreSpreadOverTheMembersAndAskedForUntilTheyCome() {
    SlicedStep step = new SlicedStep(REQUEST, 3, 7);
    List<float[]> sent = new ArrayList<>();
    for (int run = 0; run < 7; run++) {
      Map<Integer, float[]> toKeep = step.toKeep(run);
      sent.addAll(toKeep.values());
      assertThat(step.canBegin()).isEqualTo(run > 4);
      if (!toKeep.isEmpty()) {
        step.parametersAreKept(run, KEPT);
        assertThat(step.toKeep(run)).isEmpty();
      }
      assertThat(toKeep.keySet()).hasSize(List.of(0, 2, 4).contains(run) ? 1 : 0);
    }
    assertThat(Vectors.joined(sent)).containsExactly(REQUEST.parameters());
    assertThat(step.canBegin()).isTrue();
    assertThat(step.work().request().parameters()).isEmpty();
    assertThat(step.work().parameters()).containsExactly(KEPT, KEPT, KEPT);

    step.totalsAreKept(KEPT);
    assertThat(step.toJoin(2).slices()).containsExactly(1);
    assertThat(step.toJoin(2).kept()).containsExactly(KEPT);
    step.add(Map.of(0, new float[] {1}, 1, new float[] {2}));
    assertThat(step.toJoin(2).slices()).isEmpty();
    assertThat(step.isWhole()).isFalse();
    step.add(Map.of(2, new float[] {3}));
    assertThat(step.isWhole()).isTrue();
    assertThat(Vectors.joined(step.gradients())).containsExactly(1, 2, 3);
  }

  @Test
  void fewOrShortVectorsAreNotCut() {
    Slicing slicing = Slicing.above(8_000, 1_000);
    assertThat(slicing.slices(1, 1_000_000)).isOne();
    assertThat(slicing.slices(2, 1_999)).isOne();
    assertThat(slicing.slices(2, 2_000)).isEqualTo(2);
    assertThat(slicing.slices(100, 2_000)).isEqualTo(8);
  }
}
