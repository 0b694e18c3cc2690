/** Model folders: weights as safetensors, settings as JSON. */
@NullMarked
package io.ebmspark.spark.model;

import org.jspecify.annotations.NullMarked;
