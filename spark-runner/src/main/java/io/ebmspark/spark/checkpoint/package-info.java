/** Checkpoints: the state of a run on disc, and the run's identity. */
@NullMarked
package io.ebmspark.spark.checkpoint;

import org.jspecify.annotations.NullMarked;
