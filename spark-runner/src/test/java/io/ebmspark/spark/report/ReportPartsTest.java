package io.ebmspark.spark.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.spark.record.Histogram;
import io.ebmspark.spark.record.Landscape;
import io.ebmspark.spark.record.Measured;
import io.ebmspark.spark.record.SamplesRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Numbers, axes, histograms and contours against what is known of them. */
class ReportPartsTest {
  @Test
  void numbersHaveFewDigitsAndHideNothing() {
    assertThat(Numbers.of(0.0421349)).isEqualTo("0.04213");
    assertThat(Numbers.of(412806)).isEqualTo("412\u202f806");
    assertThat(Numbers.of(-12345.6)).isEqualTo("−12\u202f346");
    assertThat(Numbers.of(.25)).isEqualTo("0.25");
    assertThat(Numbers.of(0)).isEqualTo("0");
    assertThat(Numbers.of(1e-5)).isEqualTo("1×10⁻⁵");
    assertThat(Numbers.of(-1.2345e12)).isEqualTo("−1.23×10¹²");
    assertThat(Numbers.of(9.9996e-5)).isEqualTo("1×10⁻⁴");
    assertThat(Numbers.of(Double.NaN)).isEqualTo("not a number");
    assertThat(Numbers.of(Double.NEGATIVE_INFINITY)).isEqualTo("−∞");
    assertThat(Numbers.of(new Measured(.231449, Optional.of(.00213)))).isEqualTo("0.2314 ± 0.0021");
    assertThat(Numbers.of(new Measured(3, Optional.empty()))).isEqualTo("3");
    assertThat(Numbers.duration(271.25)).isEqualTo("4\u00a0min 31\u00a0s");
    assertThat(Numbers.duration(59.7)).isEqualTo("60\u00a0s");
    assertThat(Numbers.percent(.1234)).isEqualTo("12.3\u00a0%");
  }

  /** A right-to-left override in a column's name would show the number beside it backwards. */
  @Test
  void charactersThatTurnTextAroundAreNotShown() {
    assertThat(Words.name("a\u202eb\u2066c\u001bd\ne\u05d0"))
        .isEqualTo("a\ufffdb\ufffdc\ufffdd\ne\u05d0");
  }

  @Test
  void axesHaveRoundMarksInside() {
    for (double[] range :
        new double[][] {{0, 1}, {-3.7, 12}, {1e9, 1.2e9}, {5, 5}, {-1e-7, 2e-7}}) {
      Axis axis = Axis.linear(java.util.Arrays.stream(range), 0, 100);
      assertThat(axis.ticks(4)).hasSizeBetween(2, 9);
      for (Axis.Tick tick : axis.ticks(4)) {
        assertThat(axis.at(tick.value())).isBetween(-.001, 100.001);
      }
    }
    Axis wide = Axis.fitting(new double[] {1e-6, 1e3}, 0, 100);
    assertThat(wide.logarithmic()).isTrue();
    assertThat(wide.ticks(10))
        .extracting(Axis.Tick::label)
        .contains("10⁻⁶", "0.001", "1", "1\u202f000");
    assertThat(wide.at(Math.sqrt(1e-6 * 1e3))).isCloseTo(50, within(1e-6));
    assertThat(Axis.fitting(new double[] {-1, 1e3}, 0, 100).logarithmic()).isFalse();
    assertThat(new Axis(0.033, 0.15, true, 0, 100).ticks(4))
        .extracting(Axis.Tick::label)
        .containsExactly("0.05", "0.1");
    assertThat(new Axis(0.0022, 0.0049, true, 0, 100).ticks(4)).hasSizeBetween(2, 6);
  }

  @Test
  void coordinatesAreRoundedToATenth() {
    assertThat(Shape.number(-.04)).isEqualTo("0");
    assertThat(Shape.number(-.26)).isEqualTo("-0.3");
    assertThat(Shape.number(12.34)).isEqualTo("12.3");
    assertThat(Shape.number(7)).isEqualTo("7");
  }

  @Test
  void histogramsCountEveryValueOnceOverCommonBins() {
    Random random = new Random(11);
    float[] near = new float[5000];
    float[] far = new float[300];
    for (int i = 0; i < near.length; i++) {
      near[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < far.length; i++) {
      far[i] = 20 + (float) random.nextGaussian();
    }
    near[7] = Float.POSITIVE_INFINITY;
    near[8] = -1e30f;
    near[9] = Float.NaN;
    Map<String, float[]> sets = new LinkedHashMap<>();
    sets.put("near", near);
    sets.put("far", far);
    List<Histogram> histograms = Histograms.over(sets, 40);
    assertThat(histograms).extracting(Histogram::name).containsExactly("near", "far");
    assertThat(histograms.get(0).edges()).isEqualTo(histograms.get(1).edges());
    assertThat(StepChart.total(histograms.get(0))).isEqualTo(4999);
    assertThat(StepChart.total(histograms.get(1))).isEqualTo(300);
    List<Double> edges = histograms.get(0).edges();
    assertThat(edges.get(0)).isBetween(-5.0, -2.0);
    assertThat(edges.get(40)).isBetween(21.5, 25.0);
    for (int bin = 1; bin < 39; bin++) {
      long counted = 0;
      for (float value : near) {
        counted += value >= edges.get(bin) && value < edges.get(bin + 1) ? 1 : 0;
      }
      assertThat(histograms.get(0).counts().get(bin)).isEqualTo(counted);
    }
  }

  @Test
  void histogramsOfNothingAndOfOneValueStand() {
    assertThat(StepChart.total(Histograms.over(Map.of("none", new float[0]), 5).get(0))).isZero();
    assertThat(StepChart.total(Histograms.over(Map.of("one", new float[] {3, 3}), 5).get(0)))
        .isEqualTo(2);
  }

  @Test
  void spacedPlacesKeepTheEnds() {
    assertThat(Spaced.places(5, 9)).containsExactly(0, 1, 2, 3, 4);
    assertThat(Spaced.places(9, 3)).containsExactly(0, 4, 8);
    assertThat(Spaced.places(2000, 300)).hasSize(300).startsWith(0).endsWith(1999).isSorted();
    assertThat(Spaced.places(9, 0)).isEmpty();
  }

  /** The area above a level of a known landscape, from the path that is drawn of it. */
  @Test
  void contoursEncloseTheRightArea() {
    int side = 41;
    List<Double> energies = new ArrayList<>();
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        energies.add(Math.hypot(column - 20, row - 20) / 20);
      }
    }
    Axis x = new Axis(-1, 1, false, 0, 400);
    Axis y = new Axis(-1, 1, false, 400, 0);
    Contours contours = new Contours(new Landscape(-1, 1, -1, 1, side, energies), x, y);
    for (double radius : new double[] {.3, .6, .9}) {
      double inside = 400 * 400 - area(contours.above(radius));
      double circle = Math.PI * Math.pow(radius * 200, 2);
      assertThat(inside).as("radius %s", radius).isCloseTo(circle, within(.01 * circle + 60));
    }
    assertThat(area(contours.above(-1))).isCloseTo(160_000, within(1e-6));
    assertThat(contours.above(2)).isEmpty();
    assertThat(contours.levels(8)).hasSize(7).isSorted();
  }

  /** By the shoelace formula, over all the path's polygons. */
  private static double area(String path) {
    double sum = 0;
    for (String polygon : path.split("z", -1)) {
      List<double[]> corners = new ArrayList<>();
      Matcher commands = Pattern.compile("([MLHV])([-0-9.]+)(?: ([-0-9.]+))?").matcher(polygon);
      while (commands.find()) {
        double first = Double.parseDouble(commands.group(2));
        double[] last = corners.isEmpty() ? new double[2] : corners.get(corners.size() - 1);
        corners.add(
            switch (commands.group(1)) {
              case "H" -> new double[] {first, last[1]};
              case "V" -> new double[] {last[0], first};
              default -> new double[] {first, Double.parseDouble(commands.group(3))};
            });
      }
      double twice = 0;
      for (int i = 0; i < corners.size(); i++) {
        double[] here = corners.get(i);
        double[] next = corners.get((i + 1) % corners.size());
        twice += here[0] * next[1] - next[0] * here[1];
      }
      sum += Math.abs(twice) / 2;
    }
    return sum;
  }

  @Test
  void samplesInThePlaneComeWithTheirLandscape() {
    float[] data = {0, 0, 1, 2, 2, 4, 3, 6};
    float[] drawn = {0, 1, 1, 1};
    SamplesRecord samples =
        SampleViews.of(
            List.of("a", "b"),
            new long[] {2},
            data,
            drawn,
            rows -> {
              float[] energies = new float[rows.length / 2];
              IntStream.range(0, energies.length)
                  .forEach(i -> energies[i] = rows[2 * i] + 10 * rows[2 * i + 1]);
              return energies;
            });
    assertThat(samples.data()).hasSize(4);
    assertThat(samples.samples()).hasSize(2);
    assertThat(samples.marginals()).hasSize(2);
    Landscape ground = samples.landscape().orElseThrow();
    int last = ground.energies().size() - 1;
    assertThat(ground.energies().get(0))
        .isCloseTo(ground.left() + 10 * ground.bottom(), within(1e-4));
    assertThat(ground.energies().get(ground.columns() - 1))
        .isCloseTo(ground.right() + 10 * ground.bottom(), within(1e-4));
    assertThat(ground.energies().get(last))
        .isCloseTo(ground.right() + 10 * ground.top(), within(1e-4));
  }

  @Test
  void imagesAreGreyOverTheSpanOfTheData() {
    SamplesRecord samples =
        SampleViews.of(
            List.of(),
            new long[] {1, 1, 3},
            new float[] {-1, 0, 1},
            new float[] {-5, .5f, 5},
            rows -> rows);
    assertThat(samples.images().orElseThrow().data()).containsExactly(List.of(0, 128, 255));
    assertThat(samples.images().orElseThrow().samples()).containsExactly(List.of(0, 191, 255));
    assertThat(samples.marginals()).isEmpty();
  }
}
