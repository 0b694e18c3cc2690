package io.ebmspark.ml;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The parameters of the Python classes, which are written from those of the Java classes. */
class PythonSettingsTest {
  private static final Path FILE = Path.of("../python/src/ebmspark/_settings.py");

  @Test
  void pythonHasTheParametersOfJava() throws IOException {
    if (Boolean.getBoolean("settings.write")) {
      Files.writeString(FILE, text());
    }
    assertThat(Files.readString(FILE))
        .as("run this test with -Dsettings.write=true to bring _settings.py up to date")
        .isEqualTo(text());
  }

  private static String text() throws IOException {
    StringBuilder text =
        new StringBuilder(
            """
            # Written by PythonSettingsTest from the settings of job files; do not edit.
            \"""The settings of job files as parameters.\"""

            from __future__ import annotations

            from typing import Any

            from pyspark.ml.param import Param, Params

            from ebmspark._convert import items, scalar, structured
            """);
    classOf(text, "TrainingSettings", "ebm train", JobSettings.TRAINING);
    classOf(text, "ScoringSettings", "ebm score", JobSettings.SCORING);
    return text.toString();
  }

  private static void classOf(StringBuilder text, String name, String command, JobSettings job)
      throws IOException {
    text.append(
        """


        class %s(Params):
            \"""The settings of %s whose rows are given.\"""

        """
            .formatted(name, command));
    ObjectMapper quoted = new ObjectMapper();
    List<SettingParam> params = job.params(new EnergyEvaluator("parent"));
    for (SettingParam param : params) {
      text.append(
          """
              %1$s: Param[Any] = Param(
                  Params._dummy(),
                  "%1$s",
                  %2$s,
                  %3$s,
              )
          """
              .formatted(param.name(), quoted.writeValueAsString(param.doc()), converter(param)));
    }
  }

  private static String converter(SettingParam param) {
    if (param.isStructured()) {
      return "structured(\"%s\")".formatted(param.name());
    }
    Class<?> type = param.dataClass();
    Class<?> one = type.isArray() ? type.componentType() : type;
    return "%s(\"%s\", \"%s\")"
        .formatted(
            type.isArray() ? "items" : "scalar",
            param.name(),
            one == String.class ? "text" : one.getName());
  }
}
