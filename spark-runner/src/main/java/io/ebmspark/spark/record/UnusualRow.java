package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A row of high energy. */
public record UnusualRow(
    @Setting("its energy; absent if it overflows") Optional<Double> energy,
    @Setting("its p-value among held-out rows") Optional<Double> pValue,
    @Setting("its values, by column") Map<String, String> values,
    @Setting("what each column adds to the energy, if known") Map<String, Double> contributions,
    @Setting(value = "values of the columns in contributions", defaultsTo = "{}")
        Map<String, String> contributors) {
  /** What a column adds to the energy, and its value as text. */
  public record Reason(String column, double contribution, String value) implements Serializable {
    private static final long serialVersionUID = 1;
  }

  /**
   * A row as it is recorded: JSON knows no infinity, so an energy or a contribution that is
   * infinite is left out.
   *
   * @param values by column
   * @param reasons the largest first; none if it was not explained
   */
  public static UnusualRow of(
      double energy, Optional<Double> pValue, Map<String, String> values, List<Reason> reasons) {
    Map<String, Double> contributions = new LinkedHashMap<>();
    Map<String, String> contributors = new LinkedHashMap<>();
    for (Reason reason : reasons) {
      if (Double.isFinite(reason.contribution())) {
        contributions.put(reason.column(), reason.contribution());
        contributors.put(reason.column(), reason.value());
      }
    }
    return new UnusualRow(
        Double.isFinite(energy) ? Optional.of(energy) : Optional.empty(),
        pValue,
        values,
        contributions,
        contributors);
  }
}
