package io.ebmspark.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PhasesTest {
  @Test
  void partsTakeNoMoreTogetherThanTheWhole() throws InterruptedException {
    Map<String, Double> parts = new LinkedHashMap<>();
    long started = System.nanoTime();
    Phases phases = new Phases(parts::put);
    Thread.sleep(20);
    phases.end("first");
    phases.end("second");
    phases.time("third", () -> phases.time("inside", () -> {}));
    assertThat(phases.<Integer>time("fourth", () -> 4)).isEqualTo(4);
    phases.end("fifth");
    double whole = (System.nanoTime() - started) * 1e-9;
    assertThat(parts).containsOnlyKeys("first", "second", "inside", "third", "fourth", "fifth");
    assertThat(parts.get("first")).isGreaterThanOrEqualTo(0.02);
    assertThat(parts.get("inside")).isNotNegative().isLessThanOrEqualTo(parts.remove("third"));
    assertThat(parts.values().stream().mapToDouble(Double::doubleValue).sum())
        .isLessThanOrEqualTo(whole);
  }

  @Test
  void aPartThatFailsIsNotToldOf() {
    Map<String, Double> parts = new LinkedHashMap<>();
    Phases phases = new Phases(parts::put);
    Runnable failing =
        () -> {
          throw new IllegalStateException("no");
        };
    assertThatThrownBy(() -> phases.time("work", failing)).hasMessage("no");
    assertThat(parts).isEmpty();
  }
}
