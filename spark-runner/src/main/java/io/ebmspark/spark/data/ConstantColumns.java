package io.ebmspark.spark.data;

/** What is done with columns that hold one value only, which cannot be standardised. */
public enum ConstantColumns {
  /** The job fails, and names them. */
  ERROR,
  /** They are left out of the model. */
  DROP,
  /** They are kept, shifted to 0. */
  KEEP
}
