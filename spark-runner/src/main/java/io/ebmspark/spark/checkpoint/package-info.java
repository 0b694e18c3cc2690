/** Checkpoints: the state of a run on disc, and which run it is of. */
@NullMarked
package io.ebmspark.spark.checkpoint;

import org.jspecify.annotations.NullMarked;
