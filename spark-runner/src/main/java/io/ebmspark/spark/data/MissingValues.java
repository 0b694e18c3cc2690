package io.ebmspark.spark.data;

/** What is done with rows that lack a number: null, NaN or infinite. */
public enum MissingValues {
  /** The job fails, and counts them. */
  ERROR,
  /** Such rows are left out. */
  DROP,
  /** The feature's mean over the training rows stands in. */
  MEAN
}
