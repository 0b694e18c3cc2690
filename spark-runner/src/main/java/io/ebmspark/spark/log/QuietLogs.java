package io.ebmspark.spark.log;

import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Filter;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.filter.AbstractFilter;
import org.apache.logging.log4j.core.filter.CompositeFilter;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * Makes the logging of this process quiet, whatever configures it: warnings only, without those
 * that a run reports itself in one sentence, or that say nothing. What is hidden is listed here by
 * message, so that nothing else of the same logger is lost.
 */
public final class QuietLogs {
  private static final List<Hidden> HIDDEN =
      List.of(
          // Failures: the run ends with a sentence on them, or RetriedTasks says they were
          // recovered from.
          new Hidden("Executor", "Exception in task"),
          new Hidden("TaskSetManager", "Lost task"),
          new Hidden("TaskSetManager", "Task "),
          new Hidden("Utils", "Aborting task"),
          new Hidden("FileFormatWriter", "Job: "),
          new Hidden("FileFormatWriter", "Aborting job"),
          new Hidden("DataWritingSparkTask", "Abort"),
          new Hidden("WriteToDataSourceV2Exec", "Data source write support"),
          new Hidden("AppendDataExec", "Data source write support"),
          new Hidden("OverwriteByExpressionExec", "Data source write support"),
          new Hidden("FileStreamSink", "Assume no metadata directory"),
          new Hidden("InMemoryFileIndex", "The directory "),
          // HDFS, several times with its trace, of what it cannot write, which is tried again.
          new Hidden("DataStreamer", "DataStreamer Exception"),
          new Hidden("DataStreamer", "Exception in createBlockOutputStream"),
          new Hidden("DFSClient", "Error while syncing"),
          // Results still on their way when Spark is stopped, as after a job that failed.
          new Hidden("Utils", "Uncaught exception in thread task-result-getter"),
          new Hidden("TransportResponseHandler", "Still have "),
          // Said at every start, on every machine.
          new Hidden("NativeCodeLoader", "Unable to load native-hadoop"),
          new Hidden("Utils", "Your hostname"),
          new Hidden("Utils", "Set SPARK_LOCAL_IP"),
          // A step's parameters are released in two places; the second finds them gone.
          new Hidden("BlockManager", "Asked to remove block"),
          // Of each block of rows that memory is too short for; TableLoader says how many bytes.
          new Hidden("MemoryStore", "Not enough space to cache"),
          new Hidden("BlockManager", "Persisting block"),
          // A table of many columns, in the text of a plan that nobody asked for.
          new Hidden("SparkStringUtils", "Truncated the string"));

  private QuietLogs() {}

  private record Hidden(String logger, String start) {
    boolean matches(LogEvent event) {
      String name = String.valueOf(event.getLoggerName());
      return (name.endsWith("." + logger) || name.equals(logger))
          && event.getMessage().getFormattedMessage().startsWith(start);
    }
  }

  /** Denies what is hidden, and has no view on the rest. */
  private static final class HidingFilter extends AbstractFilter {
    @Override
    public Result filter(LogEvent event) {
      return HIDDEN.stream().anyMatch(hidden -> hidden.matches(event))
          ? Result.DENY
          : Result.NEUTRAL;
    }
  }

  /**
   * Hides what is listed here, and lets only warnings through, unless the user has said what to
   * log: by {@code spark.log.level}, which Spark then applies, or by a configuration file given to
   * Log4j.
   *
   * @param level the value of {@code spark.log.level}; empty where it is not set
   */
  public static void on(String level) {
    LoggerContext context = context();
    LoggerConfig root = context.getConfiguration().getRootLogger();
    if (!level.isEmpty()) {
      root.setLevel(Level.toLevel(level, root.getLevel()));
    } else if (!isConfigured() && root.getLevel().isLessSpecificThan(Level.INFO)) {
      root.setLevel(Level.WARN);
    }
    if (filter(root) == null) {
      root.addFilter(new HidingFilter());
    }
    context.updateLoggers();
  }

  /** Shows again what is hidden. */
  public static void off() {
    LoggerContext context = context();
    LoggerConfig root = context.getConfiguration().getRootLogger();
    Filter filter = filter(root);
    if (filter != null) {
      root.removeFilter(filter);
    }
    context.updateLoggers();
  }

  private static @Nullable Filter filter(LoggerConfig root) {
    Filter filter = root.getFilter();
    if (filter instanceof CompositeFilter several) {
      for (Filter one : several.getFiltersArray()) {
        if (one instanceof HidingFilter) {
          return one;
        }
      }
      return null;
    }
    return filter instanceof HidingFilter ? filter : null;
  }

  /** Spark's own context, also where this class comes from a jar that Spark loaded later. */
  private static LoggerContext context() {
    return (LoggerContext) LogManager.getContext(SparkContext.class.getClassLoader(), false);
  }

  private static boolean isConfigured() {
    return System.getProperty("log4j2.configurationFile") != null
        || System.getProperty("log4j.configurationFile") != null
        || System.getenv("LOG4J_CONFIGURATION_FILE") != null;
  }
}
