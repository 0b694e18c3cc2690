/** Evaluation of models on rows they were not trained on. */
@NullMarked
package io.ebmspark.spark.evaluate;

import org.jspecify.annotations.NullMarked;
