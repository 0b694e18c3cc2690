/** Energies of every row of a table. */
@NullMarked
package io.ebmspark.spark.score;

import org.jspecify.annotations.NullMarked;
