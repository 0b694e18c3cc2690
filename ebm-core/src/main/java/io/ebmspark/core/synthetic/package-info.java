/** Data sets that are made, not read: for tests, examples and benchmarks. */
@NullMarked
package io.ebmspark.core.synthetic;

import org.jspecify.annotations.NullMarked;
