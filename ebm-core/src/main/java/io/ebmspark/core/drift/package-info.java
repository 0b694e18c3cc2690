/**
 * How far new rows have moved from old ones, column by column: effect sizes from counts of values
 * in bins, each beside what chance alone makes of it. No p-values: on many rows those call every
 * difference significant.
 */
@NullMarked
package io.ebmspark.core.drift;

import org.jspecify.annotations.NullMarked;
