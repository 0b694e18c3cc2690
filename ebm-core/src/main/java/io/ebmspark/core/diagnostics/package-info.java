/** Diagnostics of Markov chains, on draws as {@code double[chains][draws]}. */
@NullMarked
package io.ebmspark.core.diagnostics;

import org.jspecify.annotations.NullMarked;
