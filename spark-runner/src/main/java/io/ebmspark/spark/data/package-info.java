/** From a table to shards: reading, choosing features, checking, ordering and scaling rows. */
@NullMarked
package io.ebmspark.spark.data;

import org.jspecify.annotations.NullMarked;
