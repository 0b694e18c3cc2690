/** Checks of new rows before anything is trained on them: what changed since the champion's. */
@NullMarked
package io.ebmspark.spark.check;

import org.jspecify.annotations.NullMarked;
