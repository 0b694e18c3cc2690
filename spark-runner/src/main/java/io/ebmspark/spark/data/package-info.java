/** From a table to shards: reading, validation, a canonical order, standardisation. */
@NullMarked
package io.ebmspark.spark.data;

import org.jspecify.annotations.NullMarked;
