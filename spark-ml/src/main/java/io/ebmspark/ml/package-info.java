/**
 * Energy-based models in Spark ML's own terms: an estimator, its model and an evaluator, for
 * pipelines, cross-validation and notebooks. Their parameters are the settings of job files, and
 * their models the folders that the commands read and write.
 */
@NullMarked
package io.ebmspark.ml;

import org.jspecify.annotations.NullMarked;
