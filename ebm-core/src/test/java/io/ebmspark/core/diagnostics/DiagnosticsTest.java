package io.ebmspark.core.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Beside ArviZ: the numbers of src/test/python/diagnostics.py. */
class DiagnosticsTest {
  @TestFactory
  Stream<DynamicTest> agreeWithArviz() throws IOException {
    try (InputStream in =
        DiagnosticsTest.class.getResourceAsStream("/io/ebmspark/core/diagnostics.json")) {
      return StreamSupport.stream(new ObjectMapper().readTree(in).spliterator(), false)
          .map(c -> DynamicTest.dynamicTest(c.get("name").asText(), () -> compare(c)));
    }
  }

  private static void compare(JsonNode expected) {
    double[][] draws =
        StreamSupport.stream(expected.get("draws").spliterator(), false)
            .map(
                chain ->
                    StreamSupport.stream(chain.spliterator(), false)
                        .mapToDouble(JsonNode::asDouble)
                        .toArray())
            .toArray(double[][]::new);
    if (!expected.get("rHat").isNull()) {
      assertThat(RHat.of(draws)).isCloseTo(expected.get("rHat").asDouble(), within(1e-9));
    }
    close(EffectiveSampleSize.bulk(draws), expected.get("bulk").asDouble());
    close(EffectiveSampleSize.tail(draws), expected.get("tail").asDouble());
    close(EffectiveSampleSize.mean(draws), expected.get("mean").asDouble());
  }

  private static void close(double found, double wanted) {
    assertThat(found).isCloseTo(wanted, within(1e-8 * wanted));
  }

  /** The effective size of an AR(1) chain with coefficient φ is (1−φ)/(1+φ) of its draws. */
  @Test
  void effectiveSizeOfAnAutoregressionIsKnown() {
    double phi = 0.8;
    int n = 20_000;
    RandomStream stream = RandomStream.of(2, Purpose.CHECK, 0);
    double[][] chains = new double[4][n];
    for (int c = 0; c < 4; c++) {
      for (int t = 0; t < n; t++) {
        double last = t == 0 ? 0 : chains[c][t - 1];
        chains[c][t] = phi * last + Math.sqrt(1 - phi * phi) * stream.normal(c, t);
      }
    }
    double known = 4 * n * (1 - phi) / (1 + phi);
    // The estimate's own spread at this length is a few per cent.
    assertThat(EffectiveSampleSize.mean(chains)).isCloseTo(known, within(0.1 * known));
    assertThat(RHat.of(chains)).isLessThan(1.01);
  }

  @Test
  void whatHasNoAnswerSaysSo() {
    double[][] constant = new double[2][4];
    assertThat(RHat.of(constant)).isNaN();
    assertThat(EffectiveSampleSize.bulk(constant)).isEqualTo(8);
    double[][] few = {{1, 2, 3}, {2, 3, 1}};
    assertThat(RHat.of(few)).isNaN();
    assertThat(EffectiveSampleSize.tail(few)).isNaN();
    double[][] broken = {{1, 2, Double.NaN, 4}, {1, 2, 3, 4}};
    assertThat(RHat.of(broken)).isNaN();
    assertThat(EffectiveSampleSize.bulk(broken)).isNaN();
    assertThatThrownBy(() -> RHat.of(new double[][] {{1, 2}, {1}}))
        .hasMessage("chains have 2 and 1 draws");
    assertThatThrownBy(() -> RHat.of(new double[0][])).hasMessage("there are no chains");
    // The control: a chain stuck elsewhere is seen.
    double[][] stuck = new double[2][100];
    Arrays.setAll(stuck[0], i -> Math.sin(i));
    Arrays.setAll(stuck[1], i -> 5 + Math.sin(i));
    assertThat(RHat.of(stuck)).isGreaterThan(1.5);
  }

  /** All of them are equally far from the median. */
  @Test
  void drawsOfTwoValuesHaveAnAnswer() {
    double[][] mixed = new double[2][100];
    Arrays.setAll(mixed[0], i -> i % 2);
    Arrays.setAll(mixed[1], i -> (i + 1) % 2);
    assertThat(RHat.of(mixed)).isCloseTo(1, within(0.02));
    double[][] apart = {new double[100], new double[100]};
    Arrays.fill(apart[1], 1);
    assertThat(RHat.of(apart)).isGreaterThan(1e6); // infinite but for rounding
  }
}
