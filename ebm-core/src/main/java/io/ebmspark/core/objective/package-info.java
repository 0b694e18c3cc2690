/** Objectives: what training minimises, one file each. */
@NullMarked
package io.ebmspark.core.objective;

import org.jspecify.annotations.NullMarked;
