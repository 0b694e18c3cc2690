/** The spark-submit entry points: {@code ebm train | score | …} and the commands of a registry. */
@NullMarked
package io.ebmspark.jobs;

import org.jspecify.annotations.NullMarked;
