package io.ebmspark.jobs;

import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.spark.KryoRegistration;
import io.ebmspark.spark.data.TaskFailure;
import io.ebmspark.spark.log.QuietPlugin;
import io.ebmspark.spark.store.StorageException;
import io.ebmspark.spark.store.StorageFault;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** Opens Spark sessions; master, memory and the rest are up to spark-submit. */
final class Sessions {
  /** Spark's own reports of failures, on executors too. */
  static final String SHOW_ALL = "spark.ebm.stacktrace";

  /** Whether a session outlives the work it was started for. */
  private static volatile boolean shared;

  private Sessions() {}

  /**
   * Lets commands share a session: the first that needs one starts it, and it is stopped after the
   * last.
   */
  static int share(IntSupplier commands) {
    boolean running = isRunning();
    shared = true;
    try {
      return commands.getAsInt();
    } finally {
      shared = false;
      if (!running) {
        stop();
      }
    }
  }

  /** Lets whoever waits for a job of Spark's go on, with an exception. */
  static void cancelJobs() {
    if (isRunning()) {
      SparkSession.getDefaultSession().get().sparkContext().cancelAllJobs();
    }
  }

  private static boolean isRunning() {
    return SparkSession.getDefaultSession().isDefined();
  }

  /** There may be none, where Spark could not start. */
  private static void stop() {
    if (isRunning()) {
      if (!Boolean.getBoolean(SHOW_ALL)) {
        Thread.UncaughtExceptionHandler others = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler(
            (thread, e) -> {
              if (!isOfStopping(thread, e)) {
                tell(thread, e, others);
              }
            });
      }
      SparkSession.getDefaultSession().get().stop();
    }
  }

  /**
   * Spark interrupts what still fetches results, such as those of the other tasks of a failed job.
   */
  static boolean isOfStopping(Thread thread, Throwable e) {
    return e instanceof InterruptedException && thread.getName().startsWith("task-result-getter");
  }

  private static void tell(
      Thread thread, Throwable e, Thread.@Nullable UncaughtExceptionHandler others) {
    if (others != null) {
      others.uncaughtException(thread, e);
    } else { // as Java does
      System.err.print("Exception in thread \"" + thread.getName() + "\" ");
      e.printStackTrace();
    }
  }

  /** Does some work in a session; one started for it is stopped, unless commands share it. */
  static <T> T use(String name, Function<SparkSession, T> work) {
    SparkConf conf = new SparkConf();
    // Harmless without Kryo, and needed with it: see KryoRegistration.
    conf.setIfMissing("spark.kryo.registrator", KryoRegistration.class.getName());
    if (!conf.getBoolean(SHOW_ALL, false)) {
      QuietPlugin.addTo(conf);
    }
    boolean running = isRunning();
    try {
      return work.apply(start(name, conf));
    } catch (Throwable e) { // Spark throws what is checked in Java, and Scala declares nothing.
      Optional<StorageException> disc = ofADisc(e);
      if (disc.isPresent()) {
        throw disc.get();
      }
      throw e;
    } finally {
      if (!running && !shared) {
        stop();
      }
    }
  }

  private static SparkSession start(String name, SparkConf conf) {
    try {
      return SparkSession.builder().appName(name).config(conf).getOrCreate();
    } catch (IllegalArgumentException e) {
      // Spark's sentence about a setting, which may go on in a second line.
      throw new SettingsException(
          "Spark cannot be started with its settings: "
              + String.valueOf(e.getMessage()).lines().collect(Collectors.joining(" ")),
          e);
    }
  }

  /**
   * What a run writes to is told by whoever writes there, so this is a disc that Spark keeps files
   * of its own on, here or on an executor's machine.
   */
  static Optional<StorageException> ofADisc(Throwable failure) {
    return TaskFailure.inside(failure).isPresent()
        ? Optional.empty()
        : StorageFault.ofADisc(failure)
            .map(
                said ->
                    new StorageException(
                        "a disc that Spark keeps files of its own on is full or broken; make room"
                            + " there, or name another by spark.local.dir ("
                            + said
                            + ")",
                        failure));
  }

  /**
   * The file systems' settings as Spark has them, {@code spark.hadoop.*} and so a store's
   * credentials among them, for what is done without a session.
   */
  static Configuration hadoop() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }
}
