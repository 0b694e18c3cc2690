/** Samplers: Markov chains that draw from an energy, one file each. */
@NullMarked
package io.ebmspark.core.sampler;

import org.jspecify.annotations.NullMarked;
