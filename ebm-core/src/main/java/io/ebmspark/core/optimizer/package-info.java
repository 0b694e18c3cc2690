/** Optimisers: rules that turn gradients into steps, one file each. */
@NullMarked
package io.ebmspark.core.optimizer;

import org.jspecify.annotations.NullMarked;
