/** Checks of new rows before training: what has changed since the champion's rows. */
@NullMarked
package io.ebmspark.spark.check;

import org.jspecify.annotations.NullMarked;
