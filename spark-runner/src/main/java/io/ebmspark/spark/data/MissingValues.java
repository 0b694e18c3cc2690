package io.ebmspark.spark.data;

/** What to do about nulls, NaN and infinities in columns that are numbers or dates. */
public enum MissingValues {
  /** Reject the table. */
  ERROR,
  /** Leave out every row that holds one. */
  DROP,
  /** Replace them by the mean of the column's present values. */
  MEAN,
  /**
   * The same, and tell the model by another input, 1 where one was missing, for each column that
   * lacks any in training. A row that lacks another one has no energy.
   */
  INDICATOR
}
