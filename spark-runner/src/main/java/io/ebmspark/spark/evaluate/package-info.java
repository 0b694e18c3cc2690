/** What a model is worth on rows it was not trained on. */
@NullMarked
package io.ebmspark.spark.evaluate;

import org.jspecify.annotations.NullMarked;
