package io.ebmspark.core.synthetic;

import io.ebmspark.core.settings.Family;

/** A distribution of points in the plane that rows are drawn from. */
@Family(packageName = "io.ebmspark.core.synthetic")
public interface SyntheticData {
  /**
   * Draws rows.
   *
   * @param seed another seed gives other rows
   * @return {@code count} pairs, packed; consecutive rows are independent
   */
  float[] rows(int count, long seed);
}
