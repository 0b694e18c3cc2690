/** Rows in canonical order, checked, scaled and cut into shards. */
@NullMarked
package io.ebmspark.spark.data.shards;

import org.jspecify.annotations.NullMarked;
