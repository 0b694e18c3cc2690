package io.ebmspark.core.training;

/** Answers each step with the total of all shards: on this machine, or on a cluster. */
@FunctionalInterface
public interface GradientSource {
  /** The total over all shards; its bits do not depend on who added up what. */
  StepTotal total(StepRequest request);
}
