package io.ebmspark.core.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PartialTest {
  record Plan(
      @Setting(value = "steps", defaultsTo = "10") long steps,
      @Setting(value = "rate", defaultsTo = "0.5") double rate) {
    Plan {
      Check.positive("steps", steps);
      Check.that(rate * steps <= 100, "rate", "is too high for " + steps + " steps, got " + rate);
    }
  }

  record Job(@Setting(value = "plan", defaultsTo = "{}") Partial<Plan> plan) {}

  private static Partial<Plan> plan(String text) {
    return SettingsBinder.bind(SettingsTree.parse("job.yaml", text), Job.class).plan();
  }

  @Test
  void whatIsOpenIsFilledInAndWhatIsSaidStays() {
    Partial<Plan> plan = plan("plan: {rate: 2}");
    assertThat(plan.provisional()).isEqualTo(new Plan(10, 2));
    assertThat(plan.says("rate")).isTrue();
    assertThat(plan.says("steps")).isFalse();
    assertThat(plan.with(Map.of("steps", 40L, "rate", 1.0))).isEqualTo(new Plan(40, 2));
    assertThat(plan("{}").with(Map.of("steps", 7L))).isEqualTo(new Plan(7, 0.5));
  }

  @Test
  void mistakesAreToldAtOnce() {
    assertThatThrownBy(() -> plan("plan: {steps: -1, rat: 3}"))
        .hasMessageContaining("plan.rat")
        .hasMessageContaining("rate");
    assertThatThrownBy(() -> plan("plan: {steps: -1}")).hasMessageContaining("plan.steps");
    assertThatThrownBy(() -> plan("plan: 3")).hasMessageContaining("expects a mapping");
  }

  @Test
  void whatDoesNotGoWithTheDataIsToldThen() {
    assertThatThrownBy(() -> plan("plan: {rate: 2}").with(Map.of("steps", 51L)))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("too high for 51 steps");
  }

  @Test
  void onlyWhatIsSaidIsWritten() {
    String text = SettingsWriter.toYaml(new Job(plan("plan: {rate: 2}")));
    assertThat(text).contains("rate").doesNotContain("steps");
    assertThat(plan(text)).isEqualTo(plan("plan: {rate: 2}"));
    assertThat(SettingsWriter.toYaml(new Job(Partial.complete(new Plan(3, 1)))))
        .contains("steps", "rate");
  }
}
