package io.ebmspark.spark.train;

import io.ebmspark.core.settings.BadSettingException;
import org.apache.spark.SparkConf;

/**
 * The limits of Spark and the virtual machines, compared with what a run needs, so that it does not
 * fail hours later for a reason known beforehand.
 *
 * @param conf Spark's settings
 * @param driverHeap largest size of the driver's heap, bytes
 * @param oneProcess whether the driver also computes, and no results travel
 */
record ClusterLimits(SparkConf conf, long driverHeap, boolean oneProcess) {
  private static final long MEGABYTE = 1 << 20;

  /** The longest array in the virtual machine. */
  private static final long LONGEST = Integer.MAX_VALUE - 8L;

  /** The overhead of a result beside its numbers. */
  private static final long FRAME = MEGABYTE;

  /**
   * Rejects a run that would hit a limit.
   *
   * @throws BadSettingException naming the setting and its smallest value
   */
  void check(TrainingNeeds needs) {
    checkLengths(needs);
    if (oneProcess) {
      checkDriver(needs, needs.driverBytes() + needs.cachedBytes());
      return;
    }
    long largest = needs.largestResultBytes();
    if (largest + FRAME > LONGEST) {
      throw new BadSettingException(
          "energy",
          "has "
              + needs.parameters()
              + " parameters, so that one task returns "
              + megabytes(largest)
              + ", more than the 2 GB Spark can carry; make it smaller");
    }
    checkDriver(needs, needs.driverBytes());
    checkShard(needs);
  }

  private static void checkLengths(TrainingNeeds needs) {
    if (needs.parameters() > LONGEST) {
      throw new BadSettingException(
          "energy",
          "has "
              + needs.parameters()
              + " parameters, more than the "
              + LONGEST
              + " a vector can hold; make it smaller");
    }
    if (needs.replayBytes() / Float.BYTES > LONGEST) {
      throw new BadSettingException(
          "training.objective.buffer.size",
          "is such that its chains have "
              + needs.replayBytes() / Float.BYTES
              + " values, more than the "
              + LONGEST
              + " the buffer can hold; make it smaller");
    }
  }

  private void checkDriver(TrainingNeeds needs, long bytes) {
    if (bytes > driverHeap) {
      throw new BadSettingException(
          "spark.driver.memory",
          "gives the driver a heap of "
              + megabytes(driverHeap)
              + ", and this run needs "
              + megabytes(bytes)
              + " of it ("
              + needs.parameters()
              + " parameters"
              + (oneProcess ? ", all rows" : "")
              + "); set it to at least "
              + leastMegabytes(bytes + bytes / 2));
    }
  }

  /** A task holds one shard in its heap, wherever it comes from. */
  private void checkShard(TrainingNeeds needs) {
    long heap = conf.getSizeAsBytes("spark.executor.memory", "1g");
    if (needs.shardBytes() > heap / 2) {
      throw new BadSettingException(
          "spark.executor.memory",
          "is "
              + megabytes(heap)
              + ", and one shard takes "
              + megabytes(needs.shardBytes())
              + "; set it to at least "
              + leastMegabytes(2 * needs.shardBytes() + FRAME)
              + ", or training.shards to at least "
              + (needs.cachedBytes() / (heap / 2) + 1));
    }
  }

  private static String megabytes(long bytes) {
    return Math.max(1, Math.round((double) bytes / MEGABYTE)) + " MB";
  }

  private static String leastMegabytes(long bytes) {
    return (bytes + MEGABYTE - 1) / MEGABYTE + "m";
  }
}
