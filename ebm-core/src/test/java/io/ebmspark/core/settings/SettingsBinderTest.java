package io.ebmspark.core.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.AnalyticEnergy;
import io.ebmspark.core.energy.Composed;
import io.ebmspark.core.energy.DoubleWell;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.objective.ContrastiveDivergence;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.schedule.Constant;
import io.ebmspark.core.schedule.Cosine;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.training.TrainingSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsBinderTest {
  /** One component of each type a setting can have. */
  public record Sample(
      @Setting("a name") String name,
      @Setting(value = "a count", defaultsTo = "3") int count,
      @Setting(value = "a big count", defaultsTo = "4_000_000_000") long big,
      @Setting(value = "a ratio", defaultsTo = "0.5") double ratio,
      @Setting(value = "a narrow ratio", defaultsTo = "0.25") float narrow,
      @Setting(value = "a rate", defaultsTo = "1") Schedule rate,
      @Setting(value = "rates", defaultsTo = "[]") List<Double> rates,
      @Setting(value = "a switch", defaultsTo = "true") boolean on,
      @Setting(value = "a choice", defaultsTo = "silu") Activation activation,
      @Setting(value = "numbers", defaultsTo = "[1, 2]") List<Integer> numbers,
      @Setting(value = "words", defaultsTo = "{}") Map<String, String> words,
      @Setting("perhaps") Optional<Double> perhaps,
      @Setting(value = "inner", defaultsTo = "{}") Inner inner,
      @Setting(value = "energy", defaultsTo = "{kind: mlp}") Energy energy) {
    public Sample {
      Check.positive("count", count);
    }
  }

  /** A record inside a record. */
  public record Inner(@Setting(value = "depth", defaultsTo = "1") int depth) {}

  /** A user's class. */
  public record RingEnergy(@Setting(value = "radius", defaultsTo = "1") double radius)
      implements AnalyticEnergy {
    @Override
    public Tensor energy(Tensor x) {
      return x.square().sumPerRow().sub(radius).square();
    }
  }

  /** A user's class that is not a record. */
  public static final class PlainEnergy implements AnalyticEnergy {
    @Override
    public Tensor energy(Tensor x) {
      return x.square().sumPerRow();
    }
  }

  /** A user's class that cannot be loaded. */
  public record NeverLoaded() implements AnalyticEnergy {
    static final int NUMBER = Integer.parseInt("many");

    @Override
    public Tensor energy(Tensor x) {
      return x.square().sumPerRow().mul(NUMBER);
    }
  }

  /** A user's record that cannot be made. */
  public record NeverMade(@Setting(value = "parts", defaultsTo = "0") int parts)
      implements AnalyticEnergy {
    public NeverMade {
      parts = 7 / parts;
    }

    @Override
    public Tensor energy(Tensor x) {
      return x.square().sumPerRow().mul(parts);
    }
  }

  private static Sample bind(String yaml) {
    return SettingsBinder.bind(SettingsTree.parse("job.yaml", yaml), Sample.class);
  }

  private static List<String> problems(String yaml) {
    SettingsException failure = catchThrowableOfType(SettingsException.class, () -> bind(yaml));
    return failure.problems().stream().map(Problem::toString).toList();
  }

  @Test
  void defaultsFillWhatIsLeftOut() {
    Sample sample = bind("name: x");
    assertThat(sample.count()).isEqualTo(3);
    assertThat(sample.big()).isEqualTo(4_000_000_000L);
    assertThat(sample.ratio()).isEqualTo(0.5);
    assertThat(sample.on()).isTrue();
    assertThat(sample.activation()).isEqualTo(Activation.SILU);
    assertThat(sample.numbers()).containsExactly(1, 2);
    assertThat(sample.perhaps()).isEmpty();
    assertThat(sample.inner().depth()).isEqualTo(1);
    assertThat(sample.energy()).isEqualTo(new Mlp(List.of(64, 64), Activation.SILU));
  }

  /** Lists that often have one entry. */
  public record Chosen(
      @Setting(value = "names", defaultsTo = "[\"*\"]", orSingle = true) List<String> names,
      @Setting(value = "numbers", defaultsTo = "[]", orSingle = true) List<Integer> numbers) {}

  private static Chosen chosen(String... assignments) {
    SettingsTree tree = SettingsTree.parse("job.yaml", "");
    for (String assignment : assignments) {
      tree = tree.with(assignment);
    }
    return SettingsBinder.bind(tree, Chosen.class);
  }

  @Test
  void oneEntryMayStandForAList() {
    Chosen one = chosen("names=x", "numbers=3");
    assertThat(one).isEqualTo(new Chosen(List.of("x"), List.of(3)));
    assertThat(SettingsWriter.toYaml(one)).contains("names: x", "numbers: 3");
    for (Chosen written : List.of(one, chosen(), chosen("names=[a, b]", "numbers=[1, 2]"))) {
      assertThat(
              SettingsBinder.bind(
                  SettingsTree.parse("again", SettingsWriter.toYaml(written)), Chosen.class))
          .isEqualTo(written);
    }
  }

  @Test
  void patternsNeedNoQuotesOnTheCommandLine() {
    assertThat(chosen("names=*").names()).containsExactly("*");
    assertThat(chosen("names=*_mean").names()).containsExactly("*_mean");
    assertThat(chosen("names=[*, f_*,*b]").names()).containsExactly("*", "f_*", "*b");
    assertThat(chosen("names=['*', \"*x\"]").names()).containsExactly("*", "*x");
    assertThat(chosen("names=a * b").names()).containsExactly("a * b");
  }

  @Test
  void aStarWithoutQuotesInAFileIsExplained() {
    assertThat(problems("name: *"))
        .singleElement()
        .asString()
        .contains("job.yaml:1: is not YAML", "begins with * needs quotes");
    assertThat(problems("a: &block {b: 1}\nc: *block"))
        .singleElement()
        .asString()
        .contains("job.yaml: repeats a block by an alias", "write it out");
  }

  @Test
  void everyProblemIsReportedAtOnceWithItsLine() {
    String yaml =
        """
        cuont: 4
        ratio: ten
        on: yes
        activation: sillu
        numbers: [1, two]
        inner:
          depht: 2
        """;
    assertThat(problems(yaml))
        .containsExactlyInAnyOrder(
            "job.yaml:1: cuont is an unknown key; did you mean 'count'? (known: name, count, big,"
                + " ratio, narrow, rate, rates, on, activation, numbers, words, perhaps, inner, energy)",
            "job.yaml:1: name is missing: a name",
            "job.yaml:2: ratio expects a finite number, got 'ten'",
            "job.yaml:3: on expects true or false, got 'yes'",
            "job.yaml:4: activation is 'sillu', which is unknown; did you mean 'silu'? (known:"
                + " silu, selu, elu, gelu, tanh, softplus, relu)",
            "job.yaml:5: numbers.1 expects a whole number, got 'two'",
            "job.yaml:7: inner.depht is an unknown key; did you mean 'depth'? (known: depth)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "count: 0 | job.yaml:2: count must be positive, got 0",
        "count: 1.5 | job.yaml:2: count expects a whole number within its range, got '1.5'",
        "count: 3000000000 | job.yaml:2: count expects a whole number within its range, got '3000000000'",
        "count: '5' | job.yaml:2: count expects a whole number, got '5'",
        "count: [1] | job.yaml:2: count expects a whole number, got a list of 1",
        "count: | job.yaml:2: count is empty; give it a value or leave it out",
        "ratio: .nan | job.yaml:2: ratio expects a finite number, got '.nan'",
        "ratio: -.inf | job.yaml:2: ratio expects a finite number, got '-.inf'",
        "ratio: Infinity | job.yaml:2: ratio expects a finite number, got 'Infinity'",
        "ratio: 1e999 | job.yaml:2: ratio expects a finite number within its range, got '1e999'",
        "ratio: -1e999 | job.yaml:2: ratio expects a finite number within its range, got '-1e999'",
        "ratio: 1e-999 | job.yaml:2: ratio expects a finite number within its range, got '1e-999'",
        "ratio: -1e99999999999 | job.yaml:2: ratio expects a finite number, got '-1e99999999999'",
        "narrow: 1e39 | job.yaml:2: narrow expects a finite number within its range, got '1e39'",
        "narrow: -1e39 | job.yaml:2: narrow expects a finite number within its range, got '-1e39'",
        "narrow: -1e-50 | job.yaml:2: narrow expects a finite number within its range, got '-1e-50'",
        "perhaps: -1e999 | job.yaml:2: perhaps expects a finite number within its range, got '-1e999'",
        "rate: -1e999 | job.yaml:2: rate expects a finite number within its range, got '-1e999'",
        "rates: [1, -1e999] | job.yaml:2: rates.1 expects a finite number within its range, got '-1e999'",
        "count: -3000000000 | job.yaml:2: count expects a whole number within its range, got '-3000000000'",
        "count: 1e999999999 | job.yaml:2: count expects a whole number within its range, got '1e999999999'",
        "big: 9223372036854775808 | job.yaml:2: big expects a whole number within its range, got '9223372036854775808'",
        "big: -9223372036854775809 | job.yaml:2: big expects a whole number within its range, got '-9223372036854775809'",
        "inner: 3 | job.yaml:2: inner expects a mapping, got '3'",
        "numbers: 3 | job.yaml:2: numbers expects a list such as [a, b], got '3'",
        "words: 3 | job.yaml:2: words expects a mapping, got '3'",
        "count: 1\\ncount: 2 | job.yaml:3: count is set twice",
      })
  void badValuesAreNamed(String line, String problem) {
    assertThat(problems("name: x\n" + line.replace("\\n", "\n"))).containsExactly(problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.7976931348623157e308", "-1.7976931348623157e308", "4.9e-324"})
  void numbersAtTheEdgeOfTheirRangeAreTaken(String text) {
    assertThat(bind("{name: x, ratio: " + text + "}").ratio()).isEqualTo(Double.parseDouble(text));
    assertThat(bind("{name: x, narrow: 3.4028234e38}").narrow()).isEqualTo(Float.MAX_VALUE);
    assertThat(bind("{name: x, big: -9223372036854775808}").big()).isEqualTo(Long.MIN_VALUE);
  }

  @ParameterizedTest
  @CsvSource({"1e-3,0.001", "3e3,3000", "10_000,10000", "-2,-2", "0.1,0.1"})
  void numbersMayBeWrittenAsUsual(String text, double value) {
    assertThat(bind("{name: x, ratio: " + text + "}").ratio()).isEqualTo(value);
  }

  @Test
  void familiesAreChosenByKindOrClass() {
    assertThat(bind("{name: x, energy: {kind: double-well, height: 3}}").energy())
        .isEqualTo(new DoubleWell(3, 1));
    String ring = RingEnergy.class.getName();
    assertThat(bind("{name: x, energy: {class: " + ring + ", radius: 2}}").energy())
        .isEqualTo(new RingEnergy(2));
    String plain = PlainEnergy.class.getName();
    assertThat(bind("{name: x, energy: {class: " + plain + "}}").energy())
        .isInstanceOf(PlainEnergy.class);
  }

  /** An energy with settings of types that no setting can have. */
  public record Undeclarable(
      @Setting("widths") int[] widths,
      @Setting(value = "place", defaultsTo = "x") Path place,
      @Setting(value = "weights", defaultsTo = "{}") Map<Integer, Double> weights)
      implements AnalyticEnergy {
    @Override
    public Tensor energy(Tensor x) {
      return x;
    }
  }

  @Test
  void settingsOfTypesThatNoneCanHaveAreTold() {
    String own = Undeclarable.class.getName();
    List<String> problems = problems("name: x\nenergy: {class: " + own + ", widths: [1]}");
    assertThat(problems).hasSize(3);
    assertThat(problems.get(0))
        .startsWith("job.yaml:2: energy.widths is declared as int[] by " + own + ", which no");
    assertThat(problems.get(1)).contains("energy.place is declared as java.nio.file.Path by");
    assertThat(problems.get(2)).contains("energy.weights is declared as java.util.Map<");
  }

  @Test
  void whatFailsInAUsersClassIsTold() {
    String loaded = NeverLoaded.class.getName();
    assertThat(problems("name: x\nenergy: {class: " + loaded + "}"))
        .singleElement()
        .asString()
        .startsWith(
            "job.yaml:2: energy.class names "
                + loaded
                + ", which cannot be loaded: NumberFormatException: For input string: \"many\"");
    String made = NeverMade.class.getName();
    assertThat(problems("name: x\nenergy: {class: " + made + "}"))
        .singleElement()
        .asString()
        .isEqualTo(
            "job.yaml:2: energy cannot be made a " + made + ": ArithmeticException: / by zero");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{kind: mpl} | energy.kind is 'mpl', which is unknown; did you mean 'mlp'? (known: ackley, composed,",
        "{kind: ../../x} | energy.kind is '../../x', which is unknown; (known:",
        "{} | energy needs either a kind or a class (kinds: ackley, composed,",
        "{kind: mlp, class: x} | energy needs either a kind or a class",
        "{class: com.acme.Nope} | energy.class names com.acme.Nope, which is not on the class path",
        "{class: java.lang.String} | energy.class names java.lang.String, which does not implement",
        "{kind: mlp, hiden: [3]} | energy.hiden is an unknown key; did you mean 'hidden'?",
        "{kind: mlp, hidden: []} | energy.hidden must not be empty",
        "7 | energy expects a mapping with a kind",
      })
  void badFamilyMembersAreNamed(String energy, String problem) {
    assertThat(problems("name: x\nenergy: " + energy))
        .hasSize(1)
        .first()
        .asString()
        .startsWith("job.yaml:2: " + problem);
  }

  @Test
  void bareNumberIsAConstantSchedule() {
    TrainingSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse(
                "t.yaml",
                """
                objective: {kind: denoising-score-matching, noise: 0.3}
                learningRate: {kind: cosine, from: 1e-3, to: 1e-5, steps: 10}
                """),
            TrainingSettings.class);
    assertThat(settings.objective()).isEqualTo(new DenoisingScoreMatching(new Constant(0.3)));
    assertThat(settings.learningRate()).isEqualTo(new Cosine(1e-3, 1e-5, 10));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "objective: {kind: contrastive-divergence}",
        "objective: {kind: persistent-contrastive-divergence, sampler: {kind: langevin, clamp: [-1, 1]}}",
        "{objective: {kind: short-run}, gradientClip: 3, learningRate: 0.30000000000000004}",
        "objective: {kind: level-denoising, discrepancy: {jump: 0.3}}", // one that has no other
        // kind
      })
  void writtenSettingsBindToThemselves(String yaml) {
    TrainingSettings settings =
        SettingsBinder.bind(SettingsTree.parse("t", yaml), TrainingSettings.class);
    for (String text : List.of(SettingsWriter.toYaml(settings), SettingsWriter.toJson(settings))) {
      assertThat(SettingsBinder.bind(SettingsTree.parse("again", text), TrainingSettings.class))
          .isEqualTo(settings);
    }
  }

  @Test
  void awkwardTextSurvivesWriting() {
    Sample sample =
        bind("{name: 'yes', words: {a: '1', b: 'null', c: \"x: y\\nz\", d: '', e: '~', f: '#h'}}");
    for (String text : List.of(SettingsWriter.toYaml(sample), SettingsWriter.toJson(sample))) {
      assertThat(bind(text)).isEqualTo(sample);
    }
    for (char unfit : "\u0085\u2028\u2029\ufeff\u007f".toCharArray()) {
      Sample odd = bind("name: " + SettingsWriter.quoted("a" + unfit + "b"));
      assertThat(odd.name()).isEqualTo("a" + unfit + "b");
      assertThat(bind(SettingsWriter.toYaml(odd))).isEqualTo(odd);
      assertThat(bind(SettingsWriter.toJson(odd))).isEqualTo(odd);
    }
    String ring = RingEnergy.class.getName();
    Sample custom = bind("{name: x, energy: {class: " + ring + ", radius: 2}}");
    assertThat(bind(SettingsWriter.toYaml(custom))).isEqualTo(custom);
    Sample nested =
        bind("{name: x, energy: {kind: composed, first: {kind: harmonic}, second: {kind: mlp}}}");
    assertThat(nested.energy()).isInstanceOf(Composed.class);
    assertThat(bind(SettingsWriter.toJson(nested))).isEqualTo(nested);
  }

  @Test
  void assignmentsOverrideTheFile() {
    SettingsTree tree = SettingsTree.parse("job.yaml", "{name: x, numbers: [1, 2]}");
    Sample sample =
        SettingsBinder.bind(
            tree.with("count=9").with("inner.depth=4").with("numbers.1=7").with("name=a=b"),
            Sample.class);
    assertThat(sample.count()).isEqualTo(9);
    assertThat(sample.inner().depth()).isEqualTo(4);
    assertThat(sample.numbers()).containsExactly(1, 7);
    assertThat(sample.name()).isEqualTo("a=b");
  }

  @Test
  void badAssignmentsSaySo() {
    SettingsTree tree = SettingsTree.parse("job.yaml", "{name: x, numbers: [1, 2]}");
    assertThatThrownBy(() -> SettingsBinder.bind(tree.with("count=many"), Sample.class))
        .hasMessage("--set count: count expects a whole number, got 'many'");
    assertThatThrownBy(() -> tree.with("count"))
        .hasMessage("--set count: must look like path.to.setting=value");
    assertThatThrownBy(() -> tree.with("numbers.5=1"))
        .hasMessage("--set numbers.5: names entry '5' of a list with 2 entries");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name: !!javax.script.ScriptEngineManager [x]",
        "name: !!java.net.URL ['http://localhost']",
        "name: !custom x",
        "a: &a [x, x]\nb: &b [*a, *a]\nname: *b",
        "name: [1, 2",
        "name: x\n\tcount: 3",
        "- a\n- b",
        "just text",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
      })
  void hostileOrBrokenFilesAreRefusedWithAPlace(String yaml) {
    assertThatThrownBy(() -> bind(yaml))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("job.yaml");
  }

  @Test
  void jsonIsReadToo() {
    Sample sample =
        bind("{\"name\": \"x\", \"ratio\": 1E-3, \"energy\": {\"kind\": \"harmonic\"}}");
    assertThat(sample.ratio()).isEqualTo(0.001);
  }

  @Test
  void checksOfNestedRecordsNameTheirOwnLine() {
    String yaml =
        """
        objective:
          kind: contrastive-divergence
          steps: 0
        batchSize: -1
        """;
    assertThatThrownBy(
            () -> SettingsBinder.bind(SettingsTree.parse("t.yaml", yaml), TrainingSettings.class))
        .hasMessage("t.yaml:3: objective.steps must be positive, got 0");
  }

  /** Divides by what it has checked. */
  public record Shares(
      @Setting(value = "rows", defaultsTo = "1") int rows,
      @Setting(value = "parts", defaultsTo = "1") int parts) {
    public Shares {
      Check.notNegative("rows", rows);
      Check.positive("parts", parts);
      Check.that(rows % parts == 0, "rows", "must be a multiple of parts");
    }
  }

  @Test
  void valuesOutOfRangeAreReportedTogether() {
    String yaml =
        """
        objective:
          kind: contrastive-divergence
          sampler: {kind: langevin, stepSize: {kind: linear, from: 1, to: -1, steps: 4}}
          steps: 9
          energyPenalty: -2
        """;
    assertThatThrownBy(
            () -> SettingsBinder.bind(SettingsTree.parse("t.yaml", yaml), TrainingSettings.class))
        .hasMessage(
            """
            t.yaml:3: objective.sampler.stepSize must be positive at every step, got -1 at step 8
            t.yaml:5: objective.energyPenalty must not be negative, got -2""");
  }

  @Test
  void whatFollowsFromAValueOutOfRangeIsNotReported() {
    assertThatThrownBy(
            () ->
                SettingsBinder.bind(SettingsTree.parse("t", "{rows: -1, parts: 0}"), Shares.class))
        .hasMessage("t:1: rows must not be negative, got -1\nt:1: parts must be positive, got 0");
    assertThatThrownBy(
            () ->
                SettingsBinder.bind(SettingsTree.parse("t", "{rows: -3, parts: 2}"), Shares.class))
        .hasMessage("t:1: rows must not be negative, got -3");
    assertThatThrownBy(() -> new Shares(-1, 0)).hasMessage("rows must not be negative, got -1");
  }

  @Test
  void referenceNamesEverySettingAndKind() {
    String text = SettingsReference.markdown(List.of(TrainingSettings.class));
    assertThat(text)
        .contains("| `learningRate` | [Schedule](#schedule-choose-a-kind) | `0.001` |")
        .contains("### `kind: " + Kinds.name(ContrastiveDivergence.class) + "`")
        .contains("### `kind: warm-up`");
  }
}
