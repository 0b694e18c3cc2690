/** Which of a table's columns are features, and how they are extracted from its rows. */
@NullMarked
package io.ebmspark.spark.data.features;

import org.jspecify.annotations.NullMarked;
