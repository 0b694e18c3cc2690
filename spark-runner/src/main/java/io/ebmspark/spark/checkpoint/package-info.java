/** Runs that survive: checkpoints, the lock on an output folder, patience with file systems. */
@NullMarked
package io.ebmspark.spark.checkpoint;

import org.jspecify.annotations.NullMarked;
