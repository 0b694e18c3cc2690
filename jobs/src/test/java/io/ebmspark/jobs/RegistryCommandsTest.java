package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of a registry, on models that release 0.1 wrote. */
class RegistryCommandsTest {
  private static final String MODELS =
      "../spark-runner/src/test/resources/io/ebmspark/release-0.1/models/";

  @TempDir Path folder;

  /** The output of a command. */
  private record Answer(int code, String out, String err) {
    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(out);
    }
  }

  private Answer ebm(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--registry=" + folder.resolve("registry"));
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int code = Main.run(all.toArray(String[]::new));
      return new Answer(
          code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
  }

  private void refused(String message, String... arguments) {
    Answer answer = ebm(arguments);
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.out()).isEmpty();
    assertThat(answer.err()).contains(message).hasLineCount(1);
  }

  @Test
  void aModelsLifeFromRegistrationToRollback() throws IOException {
    boolean session = SparkSession.getDefaultSession().isDefined();
    Answer none = ebm("list");
    assertThat(none.code()).isZero();
    assertThat(none.err()).contains("there are no models");
    assertThat(ebm("register", MODELS + "mlp", "sessions").out()).contains("version 1 of sessions");
    assertThat(ebm("promote", "sessions", "1", "--if-champion", "none").out())
        .isEqualTo("version 1 of sessions is the champion\n");
    Answer second = ebm("register", MODELS + "sum", "sessions", "--json");
    assertThat(second.json().get("version").asInt()).isEqualTo(2);
    assertThat(second.err()).contains("is version 2 of sessions");
    refused(
        "the champion is version 1; expected version 7",
        "promote",
        "sessions",
        "2",
        "--if-champion",
        "7");
    assertThat(ebm("promote", "sessions", "2", "--if-champion", "1", "--reason", "better").out())
        .contains("before it was version 1");
    assertThat(ebm("promote", "sessions", "2").out()).contains("is already the champion");
    assertThat(ebm("describe", "models:/sessions@champion").out())
        .contains("models:/sessions@champion, version 2 in ", "registered from " + MODELS + "sum");
    assertThat(ebm("describe", "models:/sessions@champion", "--json").json().get("format").asText())
        .isEqualTo("ebm-on-spark/1");
    JsonNode rollback = ebm("rollback", "sessions", "--reason", "alarms", "--json").json();
    assertThat(rollback.get("version").asInt()).isEqualTo(1);
    assertThat(rollback.get("reason").asText()).isEqualTo("alarms");

    JsonNode entries = ebm("history", "sessions", "--json").json().get("entries");
    assertThat(entries.findValuesAsText("action"))
        .containsExactly("rollback", "promote", "register", "promote", "register");
    assertThat(ebm("history", "sessions", "--last", "2").out().lines())
        .hasSize(3)
        .anyMatch(line -> line.matches("4 .*promote +2 +2 +better"));
    JsonNode listed = ebm("list", "--json").json().get("models").get(0);
    assertThat(listed.get("champion").asInt()).isEqualTo(1);
    assertThat(listed.has("previous")).isFalse();
    assertThat(ebm("list").out().lines().skip(1)).allMatch(line -> line.startsWith("sessions  1 "));
    assertThat(ebm("list", "sessions").out().lines().skip(1))
        .hasSize(2)
        .anyMatch(line -> line.matches("1 .* champion .*"));
    assertThat(SparkSession.getDefaultSession().isDefined()).isEqualTo(session);
  }

  @Test
  void mistakesAreNamedInOneLine() {
    refused("there are no models in the registry", "history", "sessions");
    refused("there is no model at nowhere", "register", "nowhere", "sessions");
    assertThat(ebm("register", MODELS + "mlp", "sessions").code()).isZero();
    refused("did you mean 'sessions'?", "promote", "sesions", "1");
    refused("there is no version 3 of sessions; known: 1", "promote", "sessions", "3");
    refused("--last must be at least 1, got 0", "history", "sessions", "--last", "0");
    refused("--if-champion expects", "promote", "sessions", "1", "--if-champion", "x");
    refused("--force needs --reason", "promote", "sessions", "1", "--force");
    refused("has no champion; promote a version", "rollback", "sessions");
    refused("is not a valid model name", "register", MODELS + "mlp", "a/b");
    refused("no alias 'best'", "describe", "models:/sessions@best");
  }
}
