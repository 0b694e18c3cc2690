package io.ebmspark.spark.data;

/** What is done about columns that hold one value only, which have no deviation to divide by. */
public enum ConstantColumns {
  /** Refuse the table. */
  ERROR,
  /** Leave the columns out of the features. */
  DROP,
  /** Keep the columns, as zeros in the model's units. */
  KEEP
}
