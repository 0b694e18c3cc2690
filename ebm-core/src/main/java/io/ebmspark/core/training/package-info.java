/** The training loop and the work one shard does in a step. */
@NullMarked
package io.ebmspark.core.training;

import org.jspecify.annotations.NullMarked;
