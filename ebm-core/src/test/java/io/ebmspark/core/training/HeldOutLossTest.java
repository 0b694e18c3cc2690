package io.ebmspark.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.energy.AffineInput;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.objective.ExactScoreMatching;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.schedule.Schedule;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class HeldOutLossTest {
  private static final long[] SHAPE = {2};
  private static final float[] NONE = {};

  private static float[] normals(int rows, double deviation) {
    float[] values = new float[2 * rows];
    RandomStream.of(5, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] *= (float) deviation;
    }
    return values;
  }

  private static Energy gaussian(double variance) {
    return new Gaussian(List.of(0.0, 0.0), List.of(List.of(variance, 0.0), List.of(0.0, variance)));
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  /** For E = ½‖x‖²/v a row's loss is ½‖x‖²/v² − d/v. */
  @Test
  void exactScoreMatchingOfAGaussianIsItsClosedForm() {
    float[] rows = normals(700, 1);
    HeldOutLoss loss =
        new HeldOutLoss(new ExactScoreMatching(0), rows, LongStream.range(0, 700).toArray(), 1, 0);
    double[] found = loss.perRow(gaussian(2), SHAPE, NONE);
    for (int i = 0; i < 700; i += 13) {
      double square = rows[2 * i] * rows[2 * i] + rows[2 * i + 1] * rows[2 * i + 1];
      assertThat(found[i]).isCloseTo(square / 8 - 1, within(1e-5 * (1 + square)));
    }
  }

  /**
   * A model in units of its own, in which rows are a third of their size, fitted to them: converted
   * to the rows' units it is the rows' Gaussian, with the same losses; unconverted, it is a
   * different one.
   */
  @Test
  void anEnergyOfOtherUnitsIsJudgedInTheRowsUnits() {
    float[] rows = normals(600, 3);
    HeldOutLoss loss =
        new HeldOutLoss(
            new DenoisingScoreMatching(Schedule.of(0.7)),
            rows,
            LongStream.range(0, 600).toArray(),
            1,
            0);
    double third = 1.0 / 3;
    double[] seen =
        loss.perRow(
            gaussian(1),
            SHAPE,
            NONE,
            inner -> new AffineInput(inner, SHAPE, new double[] {third, third}, new double[2], 1));
    double[] known = loss.perRow(gaussian(9), SHAPE, NONE);
    for (int i = 0; i < 600; i++) {
      assertThat(seen[i]).isCloseTo(known[i], within(1e-4 * (1 + known[i])));
    }
    double unseen = mean(loss.perRow(gaussian(1), SHAPE, NONE));
    assertThat(unseen).isGreaterThan(mean(known) + 1);
    // Vincent 2011: the best energy has the smoothed variance.
    double smoothed = 9 + 0.49;
    double least = mean(loss.perRow(gaussian(smoothed), SHAPE, NONE));
    double[] wide = loss.perRow(gaussian(14), SHAPE, NONE);
    double[] narrow = loss.perRow(gaussian(6), SHAPE, NONE);
    assertThat(least).isLessThan(mean(wide)).isLessThan(mean(narrow));
  }

  /** With few rows in many dimensions, a Gaussian fits only what it has seen. */
  @Test
  void aGaussianIsHeldToRowsItWasNotFittedTo() {
    float[] rows = normals(300, 1);
    HeldOutLoss wide =
        new HeldOutLoss(
            new DenoisingScoreMatching(Schedule.of(0.3)),
            rows,
            LongStream.range(0, 20).toArray(),
            1,
            0);
    assertThat(wide.ofGaussianAcross().orElseThrow())
        .isGreaterThan(1.5 * wide.ofGaussian().orElseThrow());
    HeldOutLoss narrow =
        new HeldOutLoss(new ExactScoreMatching(0), rows, LongStream.range(0, 300).toArray(), 1, 0);
    // In two dimensions it makes no difference: −½·Σ1/v for both.
    assertThat(narrow.ofGaussian().orElseThrow()).isCloseTo(-1, within(0.2));
    assertThat(narrow.ofGaussianAcross().orElseThrow()).isCloseTo(-1, within(0.2));
  }
}
