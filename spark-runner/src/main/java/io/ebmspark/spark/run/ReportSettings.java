package io.ebmspark.spark.run;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;

/** What a report shows of the data itself. */
public record ReportSettings(
    @Setting(
            value = "how many of the most unusual rows to show, with their values; 0 for none",
            defaultsTo = "10")
        int rows) {
  public ReportSettings {
    Check.between("rows", rows, 0, 1_000);
  }
}
