package io.ebmspark.spark.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.encoding.Categorical;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.model.FeatureSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelColumnsTest {
  /** Inputs have seven digits, and what tells things from each other may have more. */
  @Test
  void aValueIsTheOneThatTheTableHas() {
    FeatureSettings features =
        new FeatureSettings(
            List.of("merchant", "rate", "second", "milli", "size"),
            false,
            MissingValues.INDICATOR,
            List.of(.5, .5, 0.0, .5, .5, 0.0, 1.7e9, 1.7e12, 14.1),
            List.of(.5, .5, 0.0, .5, .5, 0.0, 1.7e9, 1.7e12, 14.1),
            List.of(.5, .5, .5, .5, .5, .5, 1e3, 1e6, 3.5),
            Map.of(),
            Map.of(
                "merchant",
                "bigint",
                "rate",
                "double",
                "second",
                "bigint",
                "milli",
                "double",
                "size",
                "double"),
            Map.of(),
            Map.of(
                "merchant",
                new Categorical(
                    ColumnKind.NUMBER, List.of("100000003", "12345678901"), List.of(), false),
                "rate",
                new Categorical(
                    ColumnKind.NUMBER, List.of("0.123456789", "0.5"), List.of(), false)),
            List.of(),
            List.of(),
            List.of(),
            Map.of(),
            Optional.empty());
    ModelColumns columns = ModelColumns.of(features);
    double[][] rows = {
      {100000003, .123456789, 1_700_000_123, 1.700000000123e12, 14.127292},
      {12345678901.0, .5, 1_699_999_999, 1.699999999999e12, 3.1}
    };
    float[] inputs = new float[columns.width()];
    String[][] shown = new String[rows.length][columns.size()];
    for (int row = 0; row < rows.length; row++) {
      columns.encode(rows[row], inputs, 0);
      for (int column = 0; column < columns.size(); column++) {
        shown[row][column] = columns.decode(column, inputs, 0);
      }
    }
    assertThat(shown[0]).startsWith("100000003", "0.123456789", "1700000123");
    assertThat(shown[1]).startsWith("12345678901", "0.5", "1699999999");
    for (int row = 0; row < rows.length; row++) {
      assertThat(Double.parseDouble(shown[row][3])).isBetween(rows[row][3] - 1, rows[row][3] + 1);
    }
    // Where float's digits are enough, there are no more.
    assertThat(shown[0][4]).hasSizeLessThan(12);
  }
}
