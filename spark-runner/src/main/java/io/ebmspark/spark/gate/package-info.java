/** Gates that decide whether a candidate may replace the champion. */
@NullMarked
package io.ebmspark.spark.gate;

import org.jspecify.annotations.NullMarked;
