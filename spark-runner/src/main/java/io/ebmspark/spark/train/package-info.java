/** Synchronous data-parallel training on Spark. */
@NullMarked
package io.ebmspark.spark.train;

import org.jspecify.annotations.NullMarked;
