package io.ebmspark.core.training;

import java.util.List;

/** Answers each step with the sums of every shard: on this machine, or on a cluster. */
@FunctionalInterface
public interface GradientSource {
  /** The shards' sums, in the order of the shards. */
  List<StepSums> sums(StepRequest request);
}
