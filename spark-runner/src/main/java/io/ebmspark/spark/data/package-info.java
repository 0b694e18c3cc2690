/** What is read, and how it is to be treated: settings, and failures that are the data's. */
@NullMarked
package io.ebmspark.spark.data;

import org.jspecify.annotations.NullMarked;
