package io.ebmspark.spark.data;

/** What is done about nulls, NaN and infinities. */
public enum MissingValues {
  /** Refuse the table. */
  ERROR,
  /** Leave out every row that holds one. */
  DROP,
  /** Put the mean of the column's present values in their place. */
  MEAN
}
