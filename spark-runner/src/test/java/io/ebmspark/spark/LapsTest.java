package io.ebmspark.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LapsTest {
  @Test
  void partsTakeNoMoreTogetherThanTheWhole() throws InterruptedException {
    Map<String, Double> parts = new LinkedHashMap<>();
    long started = System.nanoTime();
    Laps laps = new Laps(parts::put);
    Thread.sleep(20);
    laps.end("first");
    laps.end("second");
    double whole = (System.nanoTime() - started) * 1e-9;
    assertThat(parts).containsOnlyKeys("first", "second");
    assertThat(parts.get("first")).isGreaterThanOrEqualTo(0.02);
    assertThat(parts.get("second")).isNotNegative();
    assertThat(parts.get("first") + parts.get("second")).isLessThanOrEqualTo(whole);
  }
}
