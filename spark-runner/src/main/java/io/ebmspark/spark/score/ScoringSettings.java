package io.ebmspark.spark.score;

import io.ebmspark.spark.data.MissingValues;
import java.util.List;

/**
 * How rows are scored.
 *
 * @param missing what to do with rows that have missing values; DROP makes their energy null
 * @param energy the column of the energy E(x): higher is less likely
 * @param percentile the column of the energy's percentile, 0 to 100, among the rows held out from
 *     training, or among the training rows if none were
 * @param pValue the column of its p-value among the rows held out, if any were
 * @param key columns by which messages name a row
 */
public record ScoringSettings(
    MissingValues missing, String energy, String percentile, String pValue, List<String> key) {
  /** The default column name. */
  public static final String ENERGY = "energy";

  /** The default column name. */
  public static final String PERCENTILE = "energy_percentile";

  /** The default column name. */
  public static final String P_VALUE = "energy_p_value";

  public ScoringSettings {
    key = List.copyOf(key);
  }

  /** Settings with the default column names. */
  public static ScoringSettings of(MissingValues missing) {
    return new ScoringSettings(missing, ENERGY, PERCENTILE, P_VALUE, List.of());
  }
}
