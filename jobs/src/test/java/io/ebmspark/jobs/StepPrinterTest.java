package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.training.StepMetrics;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StepPrinterTest {
  /** The first step is all there is to tell a pace from, and takes longer than others. */
  @Test
  void onlyLaterStepsTellThePace() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (StepPrinter printer =
        new StepPrinter(new PrintStream(text, true, StandardCharsets.UTF_8), 2, false)) {
      printer.onStep(step(0));
      printer.onStep(step(1));
    }
    List<String> lines = text.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(1)).startsWith("step 1 of 2  loss 1").doesNotContain("rows/s", "left");
    assertThat(lines.get(2)).startsWith("step 2 of 2  loss 1").contains("rows/s  0 s left");
  }

  private static StepMetrics step(long number) {
    return new StepMetrics(number, 1, 1, 1e-3, 64, Map.of(), Map.of(), 0.01);
  }
}
