package io.ebmspark.spark.log;

import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Makes executors as quiet as the driver, on every kind of cluster: a plugin is loaded when an
 * executor starts, where a configuration file for Log4j would have to be on every machine.
 */
public final class QuietPlugin implements SparkPlugin {
  private static final String PLUGINS = "spark.plugins";
  private static final String LEVEL = "spark.log.level";

  /** Adds it to those that settings already name. */
  public static void addTo(SparkConf conf) {
    String named = conf.get(PLUGINS, "");
    String own = QuietPlugin.class.getName();
    if (!named.contains(own)) {
      conf.set(PLUGINS, named.isEmpty() ? own : named + "," + own);
    }
  }

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverPlugin() {
      @Override
      public Map<String, String> init(SparkContext context, PluginContext plugin) {
        if (!context.isLocal()) { // there, no task is run again
          context.addSparkListener(
              new RetriedTasks(context.conf().getInt("spark.task.maxFailures", 4)));
        }
        return Map.of();
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> more) {
        QuietLogs.on(context.conf().get(LEVEL, ""));
      }
    };
  }
}
