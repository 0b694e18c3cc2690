package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SessionsStopTest {
  @Test
  void onlyAnInterruptedFetchOfResultsBelongsToStopping() {
    Thread fetching = new Thread(() -> {}, "task-result-getter-2");
    assertThat(Sessions.isOfStopping(fetching, new InterruptedException())).isTrue();
    assertThat(Sessions.isOfStopping(fetching, new OutOfMemoryError())).isFalse();
    Thread other = new Thread(() -> {}, "main");
    assertThat(Sessions.isOfStopping(other, new InterruptedException())).isFalse();
  }
}
