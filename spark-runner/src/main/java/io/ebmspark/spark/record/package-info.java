/**
 * What a run reports about itself, as data: the content of {@code run.json}, of {@code --json} and
 * of the report. Nothing here computes or draws.
 */
@NullMarked
package io.ebmspark.spark.record;

import org.jspecify.annotations.NullMarked;
