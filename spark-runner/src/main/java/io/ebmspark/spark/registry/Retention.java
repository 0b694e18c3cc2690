package io.ebmspark.spark.registry;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * What is kept of a registered model. Whatever it says, versions that have an alias stay, and so
 * does the history.
 */
public record Retention(
    @Setting(value = "the newest versions that are kept", defaultsTo = "30") int versions,
    @Setting(value = "days a version is kept at least", defaultsTo = "30") int days,
    @Setting(
            value =
                "hours a version is kept after it had an alias, for whoever still reads it by that",
            defaultsTo = "48")
        int graceHours,
    @Setting(value = "the newest runs whose run.json and report are kept", defaultsTo = "400")
        int runs) {
  public Retention {
    Check.positive("versions", versions);
    Check.notNegative("days", days);
    Check.notNegative("graceHours", graceHours);
    Check.positive("runs", runs);
  }
}
