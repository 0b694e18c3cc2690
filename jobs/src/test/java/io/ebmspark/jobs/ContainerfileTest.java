package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.package$;
import org.junit.jupiter.api.Test;

/** What can be checked of the image without building it. */
class ContainerfileTest {
  private static final Path FOLDER = Launcher.PROJECT.resolve("conf/container");
  private static final String SPARK = package$.MODULE$.SPARK_VERSION();

  private static List<String> lines(String instruction) throws IOException {
    // A line that ends in a backslash goes on in the next.
    String joined = Files.readString(FOLDER.resolve("Containerfile")).replaceAll("\\\\\n\\s*", " ");
    return joined.lines().filter(line -> line.startsWith(instruction + " ")).toList();
  }

  @Test
  void theBaseIsTheSparkThatThisIsBuiltFor() throws IOException {
    assertThat(lines("FROM"))
        .containsExactly("FROM docker.io/apache/spark:" + SPARK + "-scala2.13-java17-ubuntu");
    assertThat(Files.readString(Launcher.PROJECT.resolve("scripts/spark-distribution")))
        .contains("version=" + SPARK);
    assertThat(lines("USER").get(lines("USER").size() - 1)).isEqualTo("USER 185");
  }

  /** The jar is named as the build names it; there may be none yet. */
  @Test
  void everythingThatIsCopiedIsThere() throws IOException {
    String version =
        Files.readAllLines(Launcher.PROJECT.resolve("pom.xml")).stream()
            .filter(line -> line.contains("<version>"))
            .findFirst()
            .orElseThrow()
            .replaceAll(".*<version>|</version>.*", "");
    String jar = "jobs/target/jobs-" + version + "-all.jar";
    for (String line : lines("COPY")) {
      String[] words = line.split(" ");
      for (String source : Arrays.copyOfRange(words, 1, words.length - 1)) {
        assertThat(source.equals(jar) || Files.exists(Launcher.PROJECT.resolve(source)))
            .as(source)
            .isTrue();
      }
    }
    assertThat(lines("RUN").get(0)).contains("/opt/ebm/jobs-" + version + "-all.jar preflight");
  }

  @Test
  void thePodTemplateIsOneForSpark() throws IOException {
    JsonNode pod = new YAMLMapper().readTree(FOLDER.resolve("gpu-executor.yaml").toFile());
    assertThat(pod.at("/kind").asText()).isEqualTo("Pod");
    assertThat(pod.at("/spec/containers/0/name").asText()).isEqualTo("spark-kubernetes-executor");
    assertThat(pod.at("/spec/containers/0/resources/limits/nvidia.com~1gpu").asInt()).isEqualTo(1);
  }
}
