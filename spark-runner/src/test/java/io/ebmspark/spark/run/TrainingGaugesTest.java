package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.spark.data.Sessions;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class TrainingGaugesTest {
  @BeforeAll
  static void spark() {
    Sessions.shared();
  }

  /** Spark takes names for a source's that begin with the source's. */
  @Test
  void runsAtOnceHaveNamesOfWhichNoneBeginsLikeAnother() {
    try (TrainingGauges first = new TrainingGauges();
        TrainingGauges second = new TrainingGauges()) {
      try (TrainingGauges last = new TrainingGauges()) {
        assertThat(last.sourceName()).isEqualTo("3_ebm");
      }
      assertThat(first.sourceName()).isEqualTo("ebm");
      assertThat(second.sourceName()).isEqualTo("2_ebm");
      assertThat(sources("ebm")).containsExactly(first);
      assertThat(sources("2_ebm")).containsExactly(second);
      assertThat(sources("3_ebm")).isEmpty();
    }
    try (TrainingGauges alone = new TrainingGauges()) {
      assertThat(alone.sourceName()).isEqualTo("ebm");
    }
  }

  private static Iterable<Source> sources(String name) {
    return CollectionConverters.asJava(SparkEnv.get().metricsSystem().getSourcesByName(name));
  }
}
