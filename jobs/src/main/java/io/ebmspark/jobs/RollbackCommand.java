package io.ebmspark.jobs;

import io.ebmspark.spark.registry.HistoryEntry;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ebm rollback}: puts a former champion in use again. */
@Command(
    name = "rollback",
    description = "Makes a former champion of a registered model the champion again.",
    mixinStandardHelpOptions = true,
    footer = {"%nExample:", "  ebm rollback sessions --reason 'too many alarms'"})
final class RollbackCommand extends RegistryCommand {
  @Parameters(index = "0", paramLabel = "NAME", description = "the model")
  String name = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "VERSION",
      description = "the former champion; the one before the champion if absent")
  @Nullable Long version;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why; kept in the history")
  @Nullable String reason;

  @Override
  public void run() {
    HistoryEntry entry = model(name).rollback(Optional.ofNullable(version), because(reason));
    people().println("version " + entry.version() + " of " + name + " is the champion again");
    printJson(entry);
  }
}
