/** What ends a run: one base class, sorted by who can mend it. */
@NullMarked
package io.ebmspark.core.failure;

import org.jspecify.annotations.NullMarked;
