/**
 * Addressed randomness: every draw is a function of its address, never of what was drawn before.
 */
@NullMarked
package io.ebmspark.core.random;

import org.jspecify.annotations.NullMarked;
