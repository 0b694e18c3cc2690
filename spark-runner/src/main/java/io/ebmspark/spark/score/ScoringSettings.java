package io.ebmspark.spark.score;

import io.ebmspark.spark.data.MissingValues;
import java.util.List;

/**
 * How rows are scored.
 *
 * @param missing what is done with rows that lack a number; DROP makes their energy null
 * @param energy the column of the energy E(x): higher is less likely
 * @param percentile the column of the energy's percentile, 0 to 100, among the rows held out from
 *     training, or the training rows where none were
 * @param pValue the column of its p-value among the rows held out, where there were any
 * @param key columns by which messages name a row
 */
public record ScoringSettings(
    MissingValues missing, String energy, String percentile, String pValue, List<String> key) {
  /** What the columns are called unless said otherwise. */
  public static final String ENERGY = "energy";

  /** What the columns are called unless said otherwise. */
  public static final String PERCENTILE = "energy_percentile";

  /** What the columns are called unless said otherwise. */
  public static final String P_VALUE = "energy_p_value";

  public ScoringSettings {
    key = List.copyOf(key);
  }

  /** Under the usual names. */
  public static ScoringSettings of(MissingValues missing) {
    return new ScoringSettings(missing, ENERGY, PERCENTILE, P_VALUE, List.of());
  }
}
