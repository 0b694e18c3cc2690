/** Storage that other runs, crashes and outages share: locks, retries, messages when it fails. */
@NullMarked
package io.ebmspark.spark.store;

import org.jspecify.annotations.NullMarked;
