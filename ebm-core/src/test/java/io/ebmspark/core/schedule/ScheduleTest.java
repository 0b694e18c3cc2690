package io.ebmspark.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.classgraph.ClassGraph;
import io.github.classgraph.ScanResult;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void schedulesFollowTheirFormulas() {
    Schedule cosine = new Cosine(0.2, 0.02, 100);
    assertThat(cosine.at(0)).isEqualTo(0.2);
    assertThat(cosine.at(50)).isCloseTo(0.11, within(1e-12));
    assertThat(cosine.at(100)).isEqualTo(0.02);
    assertThat(cosine.at(10_000)).isEqualTo(0.02);
    Schedule linear = new Linear(1, 3, 4);
    assertThat(linear.at(1)).isEqualTo(1.5);
    assertThat(linear.last()).isEqualTo(3);
    Schedule exponential = new Exponential(1, 0.5, 0.2);
    assertThat(exponential.at(2)).isEqualTo(0.25);
    assertThat(exponential.at(3)).isEqualTo(0.2);
    assertThat(exponential.last()).isEqualTo(0.2);
    Schedule steps = new MultiStep(1, 0.1, List.of(5L, 10L));
    assertThat(steps.at(4)).isEqualTo(1);
    assertThat(steps.at(5)).isEqualTo(0.1);
    assertThat(steps.at(10)).isCloseTo(0.01, within(1e-15));
    Schedule warm = new WarmUp(10, 0.1, new Constant(2));
    assertThat(warm.at(0)).isCloseTo(0.2, within(1e-15));
    assertThat(warm.at(5)).isCloseTo(1.1, within(1e-15));
    assertThat(warm.at(10)).isEqualTo(2);
  }

  /** Each recomputed step by step, as in a run, and evaluated in another order. */
  @Test
  void valuesAreThoseOfTheFormulaWhateverWasAskedBefore() {
    Schedule inner = new Cosine(1, 0.2, 7);
    Map<Schedule, double[]> expected =
        Map.of(
            new Linear(1, 3, 8), new double[20],
            new Exponential(2, 0.7, 0.1), new double[20],
            new MultiStep(1, 0.5, List.of(3L, 4L, 15L)), new double[20],
            new WarmUp(6, 0.25, inner), new double[20]);
    double linear = 1;
    double exponential = 2;
    double halved = 1;
    for (int step = 0; step < 20; step++) {
      halved *= step == 3 || step == 4 || step == 15 ? 0.5 : 1;
      for (Map.Entry<Schedule, double[]> entry : expected.entrySet()) {
        double after = step >= 13 ? 0.2 : 0.2 + 0.4 * (1 + Math.cos(Math.PI * (step - 6) / 7));
        double warm = step < 6 ? 0.25 + 0.75 * step / 6 : after;
        entry.getValue()[step] =
            entry.getKey() instanceof Linear
                ? linear
                : entry.getKey() instanceof Exponential
                    ? Math.max(0.1, exponential)
                    : entry.getKey() instanceof MultiStep ? halved : warm;
      }
      linear = Math.min(3, linear + 0.25);
      exponential *= 0.7;
    }
    Random random = new Random(2);
    for (int ask = 0; ask < 500; ask++) {
      int step = random.nextInt(20);
      expected.forEach(
          (schedule, values) ->
              assertThat(schedule.at(step))
                  .as("%s at %d", schedule, step)
                  .isCloseTo(values[step], within(1e-12)));
    }
  }

  private static final List<Schedule> KINDS =
      List.of(
          new Constant(0.3),
          new Cosine(1, -0.5, 37),
          new Cosine(-1, 2, 5),
          new Linear(1, -1, 40),
          new Linear(-2, 3, 11),
          new Exponential(2, 0.8, 0.1),
          new Exponential(-2, 0.5, -3),
          new MultiStep(1, -0.5, List.of(20L, 5L, 5L, 31L)),
          new MultiStep(0.1, 3, List.of(7L, 8L, 9L)),
          new WarmUp(12, 0.1, new Cosine(1, 0, 7)),
          new WarmUp(3, 0, new MultiStep(-1, 2, List.of(1L, 15L))),
          new WarmUp(4, 0.5, new WarmUp(6, 0.2, new Linear(1, -1, 9))));

  @Test
  void everyKindIsHere() {
    assertThat(KINDS.stream().map(Object::getClass).distinct()).hasSize(kinds());
  }

  private static int kinds() {
    try (ScanResult scan = new ClassGraph().acceptPackages("io.ebmspark.core.schedule").scan()) {
      return (int)
          scan.getClassesImplementing(Schedule.class.getName()).stream()
              .filter(info -> info.isRecord() && !info.isInnerClass())
              .count();
    }
  }

  /** The bounds that a kind reports are those over every step of the range. */
  @Test
  void extremesAreThoseOfEveryStep() {
    for (Schedule schedule : KINDS) {
      Schedule asked = step -> schedule.at(step); // without the kind's own bounds
      for (long first = 0; first < 45; first += 4) {
        for (long last = first; last < 60; last++) {
          Extremes known = schedule.extremes(first, last);
          Extremes walked = asked.extremes(first, last);
          assertThat(known.lowest())
              .as("%s %d–%d", schedule, first, last)
              .isEqualTo(walked.lowest());
          assertThat(known.highest()).isEqualTo(walked.highest());
          assertThat(schedule.at(known.lowestAt())).isEqualTo(known.lowest());
          assertThat(schedule.at(known.highestAt())).isEqualTo(known.highest());
          assertThat(known.lowestAt()).isBetween(first, last);
          assertThat(known.highestAt()).isBetween(first, last);
        }
      }
    }
  }

  @Test
  void extremesSeeWhatIsNoNumber() {
    Schedule overflows = new MultiStep(1e300, 1e300, List.of(3L));
    assertThatThrownBy(() -> ScheduleCheck.positive("rate", overflows, 9))
        .hasMessage("rate must be finite at every step, got Infinity at step 8");
    ScheduleCheck.positive("rate", overflows, 3);
    Schedule hole = step -> step == 2 ? Double.NaN : 1;
    assertThatThrownBy(() -> ScheduleCheck.positive("rate", hole, 9))
        .hasMessage("rate must be positive at every step, got NaN at step 2");
  }
}
