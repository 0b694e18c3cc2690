package io.ebmspark.spark.data.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.unsafe.types.UTF8String;
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
  void textInSparksFormatHasTheSameCodes() {
    for (String text : List.of("red", "Z\u00fcrich \ud83d\ude00", " a", "x".repeat(99), "\u00a0")) {
      assertThat(ColumnValue.of(UTF8String.fromString(text))).isEqualTo(ColumnValue.of(text));
    }
    for (String blank : List.of("", " \t", "\u001c", "\u2003")) {
      assertThat(ColumnValue.of(blank)).isNaN();
      assertThat(ColumnValue.of(UTF8String.fromString(blank))).isNaN();
    }
  }

  @Test
  void timesAreTheirDays() {
    assertThat(ColumnValue.ofMicros(108_000_000_000L)).isEqualTo(1.25);
    assertThat(ColumnValue.ofMicros(-21_600_000_000L)).isEqualTo(-.25);
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

  /** Also where others are as common as each other, which the way to a rarer one leads past. */
  @Test
  void everyFrequencyComesBackAsAValueThatHasIt() {
    List<String> names = List.of("a", "b", "c", "d", "e", "f");
    List<Long> counts = List.of(9L, 9L, 4L, 4L, 4L, 1L);
    Frequency encoding = new Frequency(ColumnKind.TEXT, names, counts, 0, 2, 33);
    Coder coder = encoding.coder();
    double[] input = new double[1];
    for (int i = 0; i < names.size(); i++) {
      coder.encode(ColumnValue.of(names.get(i)), input, 0);
      Set<Object> drawn = new TreeSet<>();
      for (double choice = 0; choice < 1; choice += 0x1p-5) {
        drawn.add(String.valueOf(coder.decode(input, 0, choice)));
      }
      long count = counts.get(i);
      assertThat(drawn)
          .containsExactlyElementsOf(
              names.stream().filter(name -> counts.get(names.indexOf(name)) == count).toList());
    }
    coder.encode(Double.NaN, input, 0);
    assertThat(coder.decode(input, 0, .5)).isNull();
  }
}
