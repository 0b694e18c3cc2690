/**
 * Whole runs as objects: training, scoring, sampling, evaluation, drift and retraining, from tables
 * to their output, reported to a listener. Commands, notebooks and schedulers are built on these.
 */
@NullMarked
package io.ebmspark.spark.run;

import org.jspecify.annotations.NullMarked;
