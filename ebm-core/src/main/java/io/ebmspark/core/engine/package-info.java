/** The one way to compute: tensors, scopes of native memory, and correct gradients. */
@NullMarked
package io.ebmspark.core.engine;

import org.jspecify.annotations.NullMarked;
