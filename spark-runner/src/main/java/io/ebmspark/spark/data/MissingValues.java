package io.ebmspark.spark.data;

/** What to do about nulls, NaN and infinities. */
public enum MissingValues {
  /** Reject the table. */
  ERROR,
  /** Leave out every row that holds one. */
  DROP,
  /** Replace them by the mean of the column's present values. */
  MEAN
}
