/** Opening the table that settings name, and what Spark says when that fails. */
@NullMarked
package io.ebmspark.spark.data.read;

import org.jspecify.annotations.NullMarked;
