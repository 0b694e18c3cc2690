package io.ebmspark.jobs;

import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.Preflight;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ebm preflight}: what every run does first, by itself. */
@Command(
    name = "preflight",
    description = "Checks that the driver and every executor can compute, and reads nothing.",
    mixinStandardHelpOptions = true,
    footer = {"%nExample:", "  EBM_SUBMIT='--master yarn' ebm preflight"})
final class PreflightCommand implements Callable<Integer> {
  @Option(names = "--json", description = "print JSON to stdout, and all else to stderr")
  boolean json;

  /** For JSON. */
  private record Machines(
      @Setting("the driver and the executors, with their Java and kind of machine")
          List<String> canCompute) {}

  @Override
  public Integer call() {
    PrintStream people = json ? System.err : System.out;
    List<String> machines =
        Sessions.use(
            "ebm preflight", spark -> Preflight.check(spark.sparkContext(), people::println));
    machines.forEach(machine -> people.println("can compute: " + machine));
    if (json) {
      System.out.println(SettingsWriter.toJson(new Machines(machines)));
    }
    return 0;
  }
}
