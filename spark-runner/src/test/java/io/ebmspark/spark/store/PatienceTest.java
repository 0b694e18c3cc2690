package io.ebmspark.spark.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PatienceTest {
  private final List<String> notices = new ArrayList<>();
  private int calls;

  private int failing(int times, IOException failure) throws IOException {
    if (calls++ < times) {
      throw failure;
    }
    return calls;
  }

  @Test
  void whatPassesIsWaitedOutAndTold() throws IOException {
    Patience patience = new Patience(Duration.ofSeconds(30), notices::add);
    assertThat(patience.insist("writing", () -> failing(2, new IOException("away\nat length"))))
        .isEqualTo(3);
    assertThat(notices)
        .containsExactly(
            "writing failed, trying again in 500 ms: away",
            "writing failed, trying again in 1000 ms: away");
  }

  @Test
  void theLastFailureIsThrownWhenPatienceEnds() {
    Patience patience = new Patience(Duration.ofMillis(700), notices::add);
    IOException failure = new IOException("full");
    assertThatThrownBy(() -> patience.insist("writing", () -> failing(99, failure)))
        .isSameAs(failure);
    assertThat(calls).isEqualTo(2);
    Patience none = new Patience(Duration.ZERO, notices::add);
    assertThatThrownBy(() -> none.insist("writing", () -> failing(99, failure))).isSameAs(failure);
    assertThat(calls).isEqualTo(3);
  }

  /** A guard that cannot decide because the file system is unreachable is called again. */
  @Test
  void storageThatIsAwayIsWaitedForByAnyNameAndNothingElseIs() throws IOException {
    Patience patience = new Patience(Duration.ofSeconds(30), notices::add);
    assertThat(
            patience.insist(
                "checking",
                () -> {
                  if (calls++ == 0) {
                    throw new StorageException("away", new IOException("away"));
                  }
                  return calls;
                }))
        .isEqualTo(2);
    assertThatThrownBy(
            () ->
                patience.insist(
                    "checking",
                    () -> {
                      calls++;
                      throw new LockedException("another's");
                    }))
        .isInstanceOf(LockedException.class);
    assertThat(calls).isEqualTo(3);
  }

  @Test
  void anInterruptionEndsTheWait() throws InterruptedException {
    Patience patience = new Patience(Duration.ofMinutes(5), notices::add);
    List<Throwable> thrown = new ArrayList<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                patience.insist("writing", () -> failing(99, new IOException("away")));
              } catch (IOException e) {
                thrown.add(e);
              }
            });
    waiting.start();
    while (waiting.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    waiting.interrupt();
    waiting.join();
    assertThat(thrown).hasSize(1);
    assertThat(thrown.get(0)).hasMessageContaining("interrupted");
  }
}
