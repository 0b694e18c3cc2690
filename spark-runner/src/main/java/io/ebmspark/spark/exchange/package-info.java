/** Models as files for other programs, and back. */
@NullMarked
package io.ebmspark.spark.exchange;

import org.jspecify.annotations.NullMarked;
