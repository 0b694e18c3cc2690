package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example DAG in a real Airflow, which {@code scripts/airflow} fetches once. */
@Tag("long")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class AirflowTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String ANSWER = "ANSWER ";

  @TempDir Path folder;

  private String run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said + Files.readString(log)).isZero();
    return said.strip();
  }

  @Test
  void dagSubmitsTheJobAndRetriesOnlyWhatMayPass() throws Exception {
    String python = run(List.of(ROOT.resolve("scripts/airflow").toString()), Map.of());
    Path submit = Files.createDirectory(folder.resolve("bin")).resolve("spark-submit");
    Files.writeString(submit, "#!/bin/bash\nexit $STAND_IN_CODE\n");
    assertThat(submit.toFile().setExecutable(true)).isTrue();

    String said =
        run(
            List.of(
                python,
                Path.of("src/test/resources/schedulers/load_dag.py").toAbsolutePath().toString(),
                ROOT.resolve("examples/schedulers/airflow").toString(),
                "0",
                "1",
                "2",
                "3",
                "4",
                "5",
                "6",
                "7",
                "75",
                "143"),
            Map.of(
                "AIRFLOW_HOME",
                folder.resolve("home").toString(),
                "AIRFLOW_CONN_SPARK_DEFAULT",
                "spark://yarn?deploy-mode=client",
                "PATH",
                submit.getParent() + ":" + System.getenv("PATH")));
    String answer = said.lines().filter(line -> line.startsWith(ANSWER)).findFirst().orElse(said);
    JsonNode found = new ObjectMapper().readTree(answer.substring(ANSWER.length()));

    assertThat(found.get("errors")).as(answer).isEmpty();
    assertThat(found.get("schedule").asText()).isEqualTo("0 2 * * *");
    assertThat(found.get("command"))
        .extracting(JsonNode::asText)
        .startsWith("spark-submit", "--master", "yarn")
        .containsSubsequence("--class", Main.class.getName())
        .endsWith(
            "--deploy-mode",
            "client",
            "/opt/ebm/jobs/target/jobs-0.1.0-SNAPSHOT-all.jar",
            "retrain",
            "/etc/ebm/sessions.yaml");
    JsonNode raised = found.get("raised");
    assertThat(raised.get("0").isNull()).isTrue();
    for (String code : List.of("1", "2", "3", "4", "6", "7")) {
      assertThat(raised.get(code).asText()).as(code).isEqualTo("AirflowFailException");
    }
    for (String code : List.of("5", "75", "143")) {
      assertThat(raised.get(code).asText()).as(code).isEqualTo("AirflowException");
    }
  }
}
