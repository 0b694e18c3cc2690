/** What a table's columns looked like, in counts that are the same however the rows were read. */
@NullMarked
package io.ebmspark.spark.profile;

import org.jspecify.annotations.NullMarked;
