package io.ebmspark.core.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Text written before a kind, a setting or a choice was renamed is read like new text. */
class FormerNamesTest {
  private record Walk(@Setting("how fast") @FormerNames("tempo") Pace pace) {}

  private static Walk bind(String yaml) {
    return SettingsBinder.bind(SettingsTree.parse("job.yaml", yaml), Walk.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pace: {kind: steady-pace, speed: 2, first: right}",
        "pace: {kind: even, v: 2, first: rihgt}",
        "pace: {kind: constant-speed, velocity: 2, first: right}",
        "tempo: {kind: even, speed: 2, first: right}",
      })
  void everyNameThatWasIsRead(String yaml) {
    assertThat(bind(yaml)).isEqualTo(new Walk(new SteadyPace(2, SteadyPace.Foot.RIGHT)));
  }

  @Test
  void onlyTheNameThatIsIsWritten() {
    String json = SettingsWriter.toJson(bind("tempo: {kind: even, v: 2, first: rihgt}"));
    assertThat(json).contains("\"pace\"", "\"steady-pace\"", "\"speed\"", "\"right\"");
    assertThat(json).doesNotContain("tempo", "even", "\"v\"", "rihgt");
    String reference = SettingsReference.markdown(List.of(Walk.class));
    assertThat(reference).contains("steady-pace", "speed").doesNotContain("velocity", "tempo");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pace: {kind: even, v: 2, speed: 3} | pace.speed is set twice, under a name it had formerly as well",
        "pace: {kind: even, v: -2} | pace.speed must be positive, got -2",
        "pace: {kind: even, v: x} | pace.speed expects a finite number, got 'x'",
        "pace: {kind: evne, v: 2} | pace.kind is 'evne', which is unknown; (known: steady-pace)",
        "pace: {kind: even, w: 2, speed: 2} | pace.w is an unknown key; did you mean 'first'? (known: speed, first)",
      })
  void problemsAreNamedByTheNamesThatAre(String yaml, String problem) {
    SettingsException failure = catchThrowableOfType(SettingsException.class, () -> bind(yaml));
    assertThat(failure.problems()).hasSize(1);
    String hint = "; did you mean 'first'?";
    assertThat(failure.problems().get(0).toString().replace(hint, ";"))
        .isEqualTo("job.yaml:1: " + problem.replace(hint, ";"));
  }
}
