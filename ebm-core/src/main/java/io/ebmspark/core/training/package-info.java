/** The training loop, and the work on a shard in one step. */
@NullMarked
package io.ebmspark.core.training;

import org.jspecify.annotations.NullMarked;
