package io.ebmspark.jobs;

import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.registry.Change;
import io.ebmspark.spark.registry.ModelReference;
import io.ebmspark.spark.registry.RegisteredModel;
import io.ebmspark.spark.registry.Registry;
import java.io.PrintStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the commands share that look at a registry or change it. None needs a Spark session. */
abstract class RegistryCommand implements Runnable {
  @Option(
      names = "--registry",
      paramLabel = "FOLDER",
      description = {
        "where the registry is; otherwise spark.hadoop.ebm.registry, EBM_REGISTRY, or registry in",
        "the working folder"
      })
  @Nullable String root;

  @Option(names = "--json", description = "print JSON to stdout, and all else to stderr")
  boolean json;

  final Registry registry() {
    return Registry.of(Optional.ofNullable(root), Sessions.hadoop());
  }

  final RegisteredModel model(String name) {
    return registry().existing(name);
  }

  /** A model folder, or a registered model, by what the command line calls it. */
  final ModelReference reference(String name) {
    return ModelReference.resolve(name, Optional.ofNullable(root), Sessions.hadoop());
  }

  /** For people to read; stdout is reserved for JSON if that is asked for. */
  final PrintStream people() {
    return json ? System.err : System.out;
  }

  final void printJson(Record answer) {
    if (json) {
      System.out.println(SettingsWriter.toJson(answer));
    }
  }

  static Change because(@Nullable String reason) {
    return Change.because(reason == null ? "" : reason);
  }

  static String version(Optional<Long> number) {
    return number.map(Object::toString).orElse("-");
  }
}
