/** Failures that end a run: one base class, sorted by who can fix them. */
@NullMarked
package io.ebmspark.core.failure;

import org.jspecify.annotations.NullMarked;
