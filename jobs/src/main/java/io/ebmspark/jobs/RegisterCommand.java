package io.ebmspark.jobs;

import io.ebmspark.spark.registry.Version;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ebm register}: copies a trained model into a registry. */
@Command(
    name = "register",
    description = "Copies a model folder into the registry, as the next version of a model.",
    mixinStandardHelpOptions = true,
    footer = {
      "%nExample:",
      "  ebm register models/breast-cancer breast-cancer && ebm promote breast-cancer 1"
    })
final class RegisterCommand extends RegistryCommand {
  @Parameters(index = "0", paramLabel = "FOLDER", description = "the model folder")
  String folder = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "the model, which may be a new one")
  String name = "";

  @Option(names = "--reason", paramLabel = "TEXT", description = "why; kept in the history")
  @Nullable String reason;

  @Override
  public void run() {
    Version version =
        registry()
            .model(name)
            .register(folder, Sessions.hadoop(), because(reason), System.err::println);
    people().println(folder + " is version " + version.number() + " of " + name);
    printJson(version.record());
  }
}
