package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The schedulers' examples: parsed as the schedulers do, and the wrapper for cron run. */
class SchedulersTest {
  private static final Path EXAMPLES = Path.of("../examples/schedulers").toAbsolutePath();
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final ZonedDateTime NOON = ZonedDateTime.parse("2026-03-01T12:00:00Z");
  private static final ZonedDateTime TWO_AT_NIGHT = ZonedDateTime.parse("2026-03-02T02:00:00Z");

  @TempDir Path folder;

  // ---- cron ----------------------------------------------------------------------------------

  private static ZonedDateTime next(String schedule) {
    Cron cron =
        new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX)).parse(schedule);
    return ExecutionTime.forCron(cron.validate()).nextExecution(NOON).orElseThrow();
  }

  @Test
  void crontabRunsTheWrapperEveryNight() throws IOException {
    List<String> lines =
        Files.readAllLines(EXAMPLES.resolve("cron/ebm.crontab")).stream()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .filter(line -> !line.matches("[A-Z_]+=.*"))
            .toList();
    assertThat(lines).hasSize(1);
    String[] fields = lines.get(0).split(" +", 6);
    assertThat(next(String.join(" ", List.of(fields).subList(0, 5)))).isEqualTo(TWO_AT_NIGHT);
    String[] command = fields[5].split(" ", -1);
    assertThat(command).hasSize(2);
    Path wrapper = EXAMPLES.resolve(command[0].replace("/opt/ebm/examples/schedulers/", ""));
    assertThat(wrapper).isExecutable();
    assertThat(command[1]).endsWith(".yaml");
  }

  /** What cron would mail, and the exit code, after `ebm` ended with some codes in turn. */
  private String night(int expected, String codes) throws IOException, InterruptedException {
    Path ebm = folder.resolve("ebm");
    Path turns = Files.writeString(folder.resolve("turns"), codes.replace(' ', '\n') + "\n");
    Files.writeString(
        ebm,
        """
        #!/usr/bin/env bash
        [[ "$1" == retrain && "$2" == /etc/ebm/sessions.yaml && $# == 2 ]] || exit 99
        code=$(head -n 1 TURNS)
        sed -i 1d TURNS
        echo "ended with $code"
        exit "$code"
        """
            .replace("TURNS", turns.toString()));
    assertThat(ebm.toFile().setExecutable(true)).isTrue();
    ProcessBuilder builder =
        new ProcessBuilder(EXAMPLES.resolve("cron/nightly").toString(), "/etc/ebm/sessions.yaml");
    builder
        .environment()
        .putAll(
            Map.of(
                "EBM",
                ebm.toString(),
                "EBM_LOGS",
                folder.resolve("logs").toString(),
                "EBM_RETRIES",
                "2",
                "EBM_WAIT",
                "0"));
    Process process = builder.redirectErrorStream(true).start();
    String mail = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(mail).isEqualTo(expected);
    assertThat(Files.readString(turns)).as("turns not taken").isEmpty();
    return mail;
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "75 0, 0",
    "75 75 0, 0",
  })
  void goodNightsAreSilent(String codes, int expected) throws Exception {
    assertThat(night(expected, codes)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, failed",
    "2, 2, job file is wrong",
    "3, 3, table cannot be used",
    "4, 4, diverged",
    "5, 5, another run",
    "6, 6, gate refused",
    "7, 7, check refused",
    "75 75 75, 75, still full or unreachable",
    "75 6, 6, gate refused",
    "143, 143, stopped",
  })
  void otherNightsSayWhy(String codes, int expected, String word) throws Exception {
    assertThat(night(expected, codes))
        .contains("ebm retrain sessions: ", word, "(exit code " + expected + ", ")
        .contains("ended with " + expected);
  }

  // ---- Kubernetes ----------------------------------------------------------------------------

  /** The operator's schema, refusing unknown fields as the API server does for kubectl. */
  private static Schema schema() throws IOException {
    try (InputStream packed =
            Objects.requireNonNull(
                SchedulersTest.class.getResourceAsStream(
                    "/schedulers/scheduledsparkapplications-v2.5.2.yaml.gz"));
        InputStream text = new GZIPInputStream(packed)) {
      JsonNode definition = YAML.readTree(text).at("/spec/versions/0");
      assertThat(definition.at("/name").asText()).isEqualTo("v1beta2");
      JsonNode schema = definition.at("/schema/openAPIV3Schema");
      close(schema);
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4).getSchema(schema);
    }
  }

  private static void close(JsonNode schema) {
    if (schema instanceof ObjectNode object
        && schema.path("properties").isObject()
        && !schema.has("additionalProperties")
        && !schema.has("x-kubernetes-preserve-unknown-fields")) {
      object.put("additionalProperties", false);
    }
    schema.forEach(SchedulersTest::close);
  }

  private static ObjectNode application() throws IOException {
    return (ObjectNode) YAML.readTree(EXAMPLES.resolve("kubernetes/ebm-retrain.yaml").toFile());
  }

  @Test
  void applicationFitsTheOperatorsSchema() throws IOException {
    Schema schema = schema();
    ObjectNode application = application();
    assertThat(schema.validate(application)).isEmpty();
    assertThat(application.at("/apiVersion").asText()).isEqualTo("sparkoperator.k8s.io/v1beta2");
    assertThat(application.at("/kind").asText()).isEqualTo("ScheduledSparkApplication");
    assertThat(next(application.at("/spec/schedule").asText())).isEqualTo(TWO_AT_NIGHT);
    assertThat(application.at("/spec/template/mainClass").asText()).isEqualTo(Main.class.getName());
    assertThat(application.at("/spec/template/arguments/0").asText()).isEqualTo("retrain");

    ((ObjectNode) application.at("/spec/template/driver")).put("memroy", "4g");
    assertThat(schema.validate(application)).hasSize(1);
    ObjectNode untimed = application();
    ((ObjectNode) untimed.at("/spec")).remove("schedule");
    assertThat(schema.validate(untimed)).hasSize(1);
    ObjectNode mistyped = application();
    ((ObjectNode) mistyped.at("/spec/template/executor")).put("instances", "many");
    assertThat(schema.validate(mistyped)).hasSize(1);
  }
}
