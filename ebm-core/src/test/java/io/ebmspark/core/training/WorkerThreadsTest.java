package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class WorkerThreadsTest {
  @Test
  void whatOneThrowsIsThrownAndTheOthersAreWaitedFor() {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean isDone = new AtomicBoolean();
    Callable<Integer> fails =
        () -> {
          begun.await();
          throw new IllegalStateException("one fails");
        };
    Callable<Integer> inNativeCode =
        () -> {
          begun.countDown();
          while (!Thread.interrupted()) {
            Thread.onSpinWait(); // until close() asks it to end, which it does not heed
          }
          Thread.sleep(100);
          isDone.set(true);
          return 1;
        };
    try (WorkerThreads threads = new WorkerThreads(2)) {
      assertThatThrownBy(() -> threads.all(List.of(fails, inNativeCode)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("one fails");
    }
    assertThat(isDone).isTrue();
  }

  @Test
  void resultsAreInTheOrderOfTheWorks() {
    try (WorkerThreads threads = new WorkerThreads(2)) {
      assertThat(threads.all(List.<Callable<Integer>>of(() -> 1, () -> 2, () -> 3)))
          .containsExactly(1, 2, 3);
    }
  }
}
