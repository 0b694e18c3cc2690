package io.ebmspark.spark.score;

import io.ebmspark.spark.record.UnusualRow;
import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of high energy, to be shown.
 *
 * @param energy which may be +∞
 * @param pValue null if no rows were held out from training
 * @param values of the columns shown, as text; long ones are truncated
 * @param reasons what columns add to the energy, the largest first; none if it was not explained
 */
public record HighRow(
    double energy, @Nullable Double pValue, List<String> values, List<UnusualRow.Reason> reasons)
    implements Serializable {
  private static final long serialVersionUID = 1;

  /**
   * Highest energy first; equal energies by the values shown, so that where rows are stored does
   * not tell.
   */
  static final Comparator<HighRow> ORDER =
      Comparator.comparingDouble(HighRow::energy)
          .reversed()
          .thenComparing(row -> row.values().toString());
}
