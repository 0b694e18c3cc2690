/** How good a model is: distances between samples, likelihoods, ranking. */
@NullMarked
package io.ebmspark.core.evaluation;

import org.jspecify.annotations.NullMarked;
