/** What is read and how it is treated: settings, and failures due to the data. */
@NullMarked
package io.ebmspark.spark.data;

import org.jspecify.annotations.NullMarked;
