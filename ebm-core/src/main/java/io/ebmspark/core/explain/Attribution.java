package io.ebmspark.core.explain;

/**
 * What each value of a row adds to its energy, compared with a baseline row.
 *
 * @param baseline which of the baselines
 * @param contributions A_j, one for each value of the row
 * @param unexplained {@code E(x) − E(b) − ΣA_j}: what the quadrature left; infinite where the
 *     energy overflows
 * @param points how many the quadrature took
 */
public record Attribution(int baseline, double[] contributions, double unexplained, int points) {}
