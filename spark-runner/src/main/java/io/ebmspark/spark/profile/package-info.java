/** Distributions of a table's columns, as counts that are the same however the rows were read. */
@NullMarked
package io.ebmspark.spark.profile;

import org.jspecify.annotations.NullMarked;
