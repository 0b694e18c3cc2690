/**
 * How far new rows have drifted from old ones, column by column: effect sizes from counts in bins,
 * each with what chance alone may produce. No p-values: with many rows those call every difference
 * significant.
 */
@NullMarked
package io.ebmspark.core.drift;

import org.jspecify.annotations.NullMarked;
