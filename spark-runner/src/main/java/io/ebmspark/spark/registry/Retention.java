package io.ebmspark.spark.registry;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/**
 * What to keep of a registered model. Versions that have an alias are always kept, and so is the
 * history.
 */
public record Retention(
    @Setting(value = "number of newest versions to keep", defaultsTo = "30") int versions,
    @Setting(value = "least number of days to keep a version", defaultsTo = "30") int days,
    @Setting(
            value =
                "hours to keep a version after it last had an alias, for readers that still use it",
            defaultsTo = "48")
        int graceHours,
    @Setting(value = "number of newest runs whose run.json and report are kept", defaultsTo = "400")
        int runs) {
  public Retention {
    Check.positive("versions", versions);
    Check.notNegative("days", days);
    Check.notNegative("graceHours", graceHours);
    Check.positive("runs", runs);
  }
}
