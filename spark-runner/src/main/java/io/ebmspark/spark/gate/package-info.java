/** Whether a candidate may take a champion's place. */
@NullMarked
package io.ebmspark.spark.gate;

import org.jspecify.annotations.NullMarked;
