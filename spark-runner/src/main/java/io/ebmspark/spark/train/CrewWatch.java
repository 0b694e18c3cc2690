package io.ebmspark.spark.train;

import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import org.apache.spark.FetchFailed;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerBlockManagerRemoved;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Hears from Spark who has the cores: which members of a {@link Crew} have found one, on which
 * executors, and whether other jobs of the application want some.
 */
final class CrewWatch extends SparkListener {
  /** The property of a job that says whose it is. */
  static final String PROPERTY = "io.ebmspark.crew";

  private final String crew;
  private final Runnable whenLost;
  private final Runnable whenOthersCome;
  private final long formed = System.currentTimeMillis();

  // What follows is guarded by this object.
  private final Set<Long> atWork = new HashSet<>();
  private final Set<String> executors = new HashSet<>();
  private final Set<Integer> others = new HashSet<>();
  private int stage = -1;
  private long lastBegun = System.nanoTime();

  /**
   * A watch for a crew that is being formed.
   *
   * @param crew its name, the {@link #PROPERTY} of its job
   * @param whenLost run where an executor that members were on is lost, or what one had written
   * @param whenOthersCome run where another job has started
   */
  CrewWatch(String crew, Runnable whenLost, Runnable whenOthersCome) {
    this.crew = crew;
    this.whenLost = whenLost;
    this.whenOthersCome = whenOthersCome;
  }

  /** How many members have a core. */
  synchronized int membersAtWork() {
    return atWork.size();
  }

  /** The executors that members are or were on. */
  synchronized Set<String> executors() {
    return Set.copyOf(executors);
  }

  /** Whether other jobs that came later are under way. */
  synchronized boolean hasOthers() {
    return !others.isEmpty();
  }

  /** Whether that long ago the last member found a core, or failed, or the crew was formed. */
  synchronized boolean isSettledFor(long nanos) {
    return System.nanoTime() - lastBegun > nanos;
  }

  @Override
  public void onBlockManagerRemoved(SparkListenerBlockManagerRemoved removed) {
    boolean isMissed;
    synchronized (this) {
      isMissed = executors.contains(removed.blockManagerId().executorId());
    }
    if (isMissed) {
      whenLost.run();
    }
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart start) {
    if (start.stageId() == stage) {
      atWork.add(start.taskInfo().taskId());
      executors.add(start.taskInfo().executorId());
      lastBegun = System.nanoTime();
    }
  }

  /** A shuffle's files that cannot be fetched are made again by tasks that need the cores. */
  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    synchronized (this) {
      if (end.stageId() == stage && atWork.remove(end.taskInfo().taskId())) {
        lastBegun = System.nanoTime();
      }
    }
    if (end.reason() instanceof FetchFailed && end.taskInfo().launchTime() >= formed) {
      whenLost.run();
    }
  }

  /** A job that waits for the cores of the crew would wait for the end of training. */
  @Override
  public void onJobStart(SparkListenerJobStart start) {
    Properties properties = start.properties();
    if (properties != null && crew.equals(properties.getProperty(PROPERTY))) {
      synchronized (this) {
        // The last one is the crew's; those before it made its shards.
        stage =
            CollectionConverters.asJava(start.stageInfos()).stream()
                .mapToInt(info -> info.stageId())
                .max()
                .orElse(-1);
      }
    } else if (start.time() >= formed) {
      synchronized (this) {
        others.add(start.jobId());
      }
      whenOthersCome.run();
    }
  }

  @Override
  public synchronized void onJobEnd(SparkListenerJobEnd end) {
    others.remove(end.jobId());
  }
}
