package io.ebmspark.spark.data.encoding;

/** What the values of a column are, and so which number stands for one ({@link ColumnValue}). */
public enum ColumnKind {
  /** A number, or a boolean as 0 or 1: itself. */
  NUMBER,
  /** Text: a number made of its characters. */
  TEXT,
  /** A date or a time: days since 1970. */
  TIME
}
