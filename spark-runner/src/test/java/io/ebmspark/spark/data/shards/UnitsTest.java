package io.ebmspark.spark.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.objective.LevelInputs;
import io.ebmspark.spark.data.encoding.Categorical;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.Numeric;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UnitsTest {
  @Test
  void columnsOfLevelsAreToldInModelUnits() {
    Units units =
        new Units(
            List.of("plain", "late", "amount", "kind", "known"),
            Map.of(
                "amount", new Numeric(1, true),
                "kind", new Categorical(ColumnKind.TEXT, List.of("a", "b"), List.of(), false),
                "known", new Numeric(0, true)),
            new FeatureScaling(
                new double[] {7, 0.5, 7, 0.5, 0.25, 0.5, 0, 0, 0},
                new double[] {9, 0.25, 9, 0.5, 0.25, 1, 2, 1, 1}),
            new double[9]);
    assertThat(units.levels(Map.of("plain", "double", "late", "boolean", "known", "boolean")))
        .containsExactly(
            new LevelInputs(1, List.of(-2.0), List.of(2.0)),
            new LevelInputs(3, List.of(-1.0), List.of(1.0)),
            new LevelInputs(4, List.of(-1.0, -0.5, 0.0), List.of(3.0, 0.5, 0.5)),
            new LevelInputs(7, List.of(0.0), List.of(1.0)),
            new LevelInputs(8, List.of(0.0), List.of(1.0)));
  }
}
