/** Rows drawn from a model. */
@NullMarked
package io.ebmspark.spark.sample;

import org.jspecify.annotations.NullMarked;
