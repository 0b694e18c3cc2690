package io.ebmspark.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RootCauseTest {
  private static StackTraceElement in(String type, int line) {
    return new StackTraceElement(type, "at", type.replaceAll(".*\\.", "") + ".java", line);
  }

  @Test
  void whatFailedInAClassOfTheUsersIsSaidWithItsPlace() {
    Exception failure = new IllegalStateException("the table ends");
    failure.setStackTrace(
        new StackTraceElement[] {
          in("java.util.Objects", 1),
          in("ai.djl.ndarray.NDArray", 2),
          in("io.ebmspark.core.engine.Tensor", 3),
          in("com.acme.Own", 7),
          in("com.acme.Caller", 8),
          in("io.ebmspark.core.training.Trainer", 9)
        });
    assertThat(RootCause.describe(new RuntimeException(failure)))
        .isEqualTo("IllegalStateException: the table ends, in com.acme.Own (Own.java:7)");
    failure.setStackTrace(new StackTraceElement[] {in("java.util.Objects", 1)});
    assertThat(RootCause.describe(failure)).isEqualTo("IllegalStateException: the table ends");
  }
}
