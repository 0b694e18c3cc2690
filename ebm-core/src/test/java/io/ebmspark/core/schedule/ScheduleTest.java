package io.ebmspark.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
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

  @Test
  void aReplayedStepSeesTheSameValue() {
    Schedule schedule = new WarmUp(3, 0.1, new Cosine(1, 0, 7));
    double first = schedule.at(5);
    schedule.at(9);
    assertThat(schedule.at(5)).isEqualTo(first);
  }
}
