/**
 * Whole runs as objects: training, scoring and sampling from a table to what they leave behind,
 * reported to a listener. Commands, notebooks and schedulers stand on these.
 */
@NullMarked
package io.ebmspark.spark.run;

import org.jspecify.annotations.NullMarked;
