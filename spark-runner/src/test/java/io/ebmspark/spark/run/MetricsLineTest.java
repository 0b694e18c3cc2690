package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.ebmspark.core.engine.ProcessMemory;
import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.training.StepMetrics;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsLineTest {
  /** Else an objective could write over a field. */
  @Test
  void everyFieldIsANameThatNoReportMayHave() throws IOException {
    Map<String, ProcessMemory> memory = Map.of("driver", ProcessMemory.now());
    String line = MetricsLine.of(new StepMetrics(1, 2, 3, 4, 5, Map.of("own", 6.0), memory, 7));
    assertThat(new ObjectMapper().readTree(line).fieldNames())
        .toIterable()
        .hasSize(8)
        .allMatch(name -> name.equals("own") || Losses.RESERVED.contains(name));
  }
}
