package io.ebmspark.spark.data;

/**
 * What to do about columns with a single value, which have no deviation to divide by. Text of one
 * value has no part in this: it is left out, or refused where it is named.
 */
public enum ConstantColumns {
  /** Reject the table. */
  ERROR,
  /** Leave the columns out of the features. */
  DROP,
  /** Keep the columns, as zeros in the model's units. */
  KEEP
}
