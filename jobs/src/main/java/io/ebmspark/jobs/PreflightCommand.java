package io.ebmspark.jobs;

import io.ebmspark.spark.Preflight;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code ebm preflight}: what every run does first, by itself. */
@Command(
    name = "preflight",
    description = "Checks that the driver and every executor can compute, and reads nothing.",
    mixinStandardHelpOptions = true,
    footer = {"%nExample:", "  EBM_SUBMIT='--master yarn' ebm preflight"})
final class PreflightCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    List<String> machines =
        Sessions.use(
            "ebm preflight",
            spark -> Preflight.check(spark.sparkContext(), text -> System.out.println(text)));
    machines.forEach(machine -> System.out.println("can compute: " + machine));
    return 0;
  }
}
