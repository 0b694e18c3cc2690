package io.ebmspark.core.training;

/** Computes each step's total over all shards, on this machine or on a cluster. */
@FunctionalInterface
public interface GradientSource {
  /** The total over all shards; its bits do not depend on how the work was divided. */
  StepTotal total(StepRequest request);
}
