package io.ebmspark.spark.data.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Date;
import java.time.LocalDate;
import java.time.LocalDateTime;
import org.junit.jupiter.api.Test;

class ColumnValueTest {
  /** Computed by another program: stored models tell their held-out rows by these numbers. */
  @Test
  void codesOfTextNeverChange() {
    assertThat(ColumnValue.of("red")).isEqualTo(29247867500481.0);
    assertThat(ColumnValue.of("Z\u00fcrich \ud83d\ude00")).isEqualTo(6257558924804917.0);
    assertThat(ColumnValue.of(" a")).isEqualTo(3045425361513368.0);
  }

  @Test
  void everyValueIsANumber() {
    assertThat(ColumnValue.of(true)).isEqualTo(1);
    assertThat(ColumnValue.of(-3L)).isEqualTo(-3);
    assertThat(ColumnValue.of(LocalDate.of(1970, 1, 11))).isEqualTo(10);
    assertThat(ColumnValue.of(Date.valueOf("1969-12-31"))).isEqualTo(-1);
    assertThat(ColumnValue.of(LocalDateTime.of(1970, 1, 2, 6, 0))).isEqualTo(1.25);
    assertThat(ColumnValue.of(null)).isNaN();
    assertThat(ColumnValue.of(" \t")).isNaN();
  }

  @Test
  void logarithmsAreTheInverseOfHyperbolicSines() {
    for (double x : new double[] {0, 1e-300, 1e-9, .3, 1, 77, 1e9, 1e200, Double.MAX_VALUE}) {
      double y = Numeric.log(x, 2);
      assertThat(Numeric.log(-x, 2)).isEqualTo(-y);
      if (x < 1e200) {
        assertThat(2 * Math.sinh(y))
            .isCloseTo(x, org.assertj.core.data.Percentage.withPercentage(1e-9));
      } else {
        assertThat(y).isCloseTo(Math.log(x), org.assertj.core.data.Percentage.withPercentage(1e-9));
      }
    }
  }
}
