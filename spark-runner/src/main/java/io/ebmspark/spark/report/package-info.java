/** A run as one HTML page: text, tables and pictures that need neither network nor scripts. */
@NullMarked
package io.ebmspark.spark.report;

import org.jspecify.annotations.NullMarked;
