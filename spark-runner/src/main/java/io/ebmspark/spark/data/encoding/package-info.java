/** How a table's columns become a model's inputs, and drawn inputs become columns again. */
@NullMarked
package io.ebmspark.spark.data.encoding;

import org.jspecify.annotations.NullMarked;
