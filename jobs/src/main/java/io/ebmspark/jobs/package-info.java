/** The spark-submit entry points: {@code ebm train | score | sample | describe}. */
@NullMarked
package io.ebmspark.jobs;

import org.jspecify.annotations.NullMarked;
