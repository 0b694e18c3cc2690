/**
 * Models by name and number in any Hadoop file system: versions that never change, which of them is
 * in use, and the history of that.
 */
@NullMarked
package io.ebmspark.spark.registry;

import org.jspecify.annotations.NullMarked;
