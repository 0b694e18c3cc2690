package io.ebmspark.ml;

import java.util.function.Supplier;
import org.apache.spark.SparkContext;

/**
 * What Spark's jobs of this thread are called, which work here changes, and which is a caller's.
 */
final class JobDescription {
  private static final String PROPERTY = "spark.job.description";

  private JobDescription() {}

  /** Does work, and leaves the description as it was. */
  static <T> T keeping(SparkContext context, Supplier<T> work) {
    String before = context.getLocalProperty(PROPERTY);
    try {
      return work.get();
    } finally {
      context.setLocalProperty(PROPERTY, before);
    }
  }
}
