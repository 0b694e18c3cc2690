/** The one way to compute: tensors, scopes of native memory, and gradients that are right. */
@NullMarked
package io.ebmspark.core.engine;

import org.jspecify.annotations.NullMarked;
