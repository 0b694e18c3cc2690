package io.ebmspark.spark.score;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a row has the energy it has.
 *
 * @param reasons the largest first
 * @param unexplained what the energy differs by from the baseline's, less all contributions
 */
public record Explanation(List<Reason> reasons, double unexplained) {
  public Explanation {
    reasons = List.copyOf(reasons);
  }

  /**
   * What a column adds to the energy.
   *
   * @param column which of the model's
   * @param baseline its value in the row compared with
   * @param expected the value at which the energy would be lowest; null where that was not asked
   */
  public record Reason(
      int column, double contribution, String baseline, @Nullable String expected) {}
}
