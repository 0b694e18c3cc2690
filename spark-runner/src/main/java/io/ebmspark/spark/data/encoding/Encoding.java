package io.ebmspark.spark.data.encoding;

import io.ebmspark.core.settings.Family;
import java.util.List;

/**
 * What a model makes of one column: how many inputs, which numbers they hold before they are
 * scaled, and how drawn ones become a value again. A column without an encoding is a plain number,
 * one input.
 */
@Family(packageName = "io.ebmspark.spark.data.encoding")
public sealed interface Encoding permits Calendar, Categorical, Frequency, Numeric {
  /** What the column's values are. */
  ColumnKind kind();

  /** A name for each input. */
  List<String> inputNames(String column);

  /** How many inputs there are. */
  default int inputs() {
    return inputNames("").size();
  }

  /** Whether a missing value is one value among others, which nothing has to stand in for. */
  boolean takesMissing();

  /** Whether values are amounts, with a range between the lowest and the highest. */
  default boolean isAmount() {
    return false;
  }

  /** The encoding made ready for many values. */
  Coder coder();
}
