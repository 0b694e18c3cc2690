/** Runs on a tracking server, where they can be watched and compared. */
@NullMarked
package io.ebmspark.spark.track;

import org.jspecify.annotations.NullMarked;
