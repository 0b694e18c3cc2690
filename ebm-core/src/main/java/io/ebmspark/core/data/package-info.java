/** Rows as packed blocks, and the scaling between a table's units and the model's. */
@NullMarked
package io.ebmspark.core.data;

import org.jspecify.annotations.NullMarked;
