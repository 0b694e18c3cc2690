package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;

/** A real Spark distribution. */
final class Distribution {
  private Distribution() {}

  /** Its {@code SPARK_HOME}; it is fetched where there is none yet. */
  static String sparkHome() throws Exception {
    Process script =
        new ProcessBuilder(Launcher.PROJECT.resolve("scripts/spark-distribution").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String home = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(script.waitFor()).isZero();
    return home.strip();
  }
}
