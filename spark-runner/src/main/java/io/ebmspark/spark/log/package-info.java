/** What Spark logs around a run: quiet, on the driver and on executors. */
@NullMarked
package io.ebmspark.spark.log;

import org.jspecify.annotations.NullMarked;
