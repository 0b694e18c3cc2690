/** What all Spark work shares: devices of tasks, serialisation. */
@NullMarked
package io.ebmspark.spark;

import org.jspecify.annotations.NullMarked;
