package io.ebmspark.jobs;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.registry.Change;
import io.ebmspark.spark.registry.HistoryAction;
import io.ebmspark.spark.registry.HistoryEntry;
import io.ebmspark.spark.registry.RegisteredModel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ebm promote}: puts a version in use. */
@Command(
    name = "promote",
    description = "Makes a version of a registered model the champion.",
    mixinStandardHelpOptions = true,
    footer = {
      "%nExamples:",
      "  ebm promote sessions 4 --if-champion 3 --reason 'looked at by hand'",
      "  ebm promote sessions 5 --force --reason 'the gate is too strict'"
    })
final class PromoteCommand extends RegistryCommand {
  private static final String NO_VERSION = "none";

  @Parameters(index = "0", paramLabel = "NAME", description = "the model")
  String name = "";

  @Parameters(index = "1", paramLabel = "VERSION", description = "the version")
  long version;

  @Option(
      names = "--if-champion",
      paramLabel = "VERSION",
      description = "only if this version, or none, is the champion now; else exit code 2")
  @Nullable String ifChampion;

  @Option(names = "--reason", paramLabel = "TEXT", description = "why; kept in the history")
  @Nullable String reason;

  @Option(names = "--force", description = "also a version that a gate refused; needs a reason")
  boolean force;

  @Override
  public void run() {
    RegisteredModel model = model(name);
    Change change = force ? because(reason).withForce() : because(reason);
    if (force && change.reason().isEmpty()) {
      throw new BadSettingException("--force", "needs --reason, which is kept in the history");
    }
    if (!force) {
      respectVerdict(model);
    }
    Optional<HistoryEntry> done =
        ifChampion == null
            ? model.promote(version, change)
            : model.promoteOver(champion(ifChampion), version, change);
    people()
        .println(
            "version "
                + version
                + " of "
                + name
                + (done.isPresent() ? " is the champion" : " is already the champion")
                + done.flatMap(entry -> entry.aliases().previous())
                    .map(before -> "; before it was version " + before)
                    .orElse(""));
    printJson(done.or(model::last).orElseThrow());
  }

  private static Optional<Long> champion(String text) {
    if (text.equals(NO_VERSION)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Long.valueOf(text));
    } catch (NumberFormatException e) {
      throw new BadSettingException(
          "--if-champion", "expects the number of a version or 'none', got '" + text + "'");
    }
  }

  private void respectVerdict(RegisteredModel model) {
    model
        .verdict(version)
        .filter(entry -> entry.action() == HistoryAction.REFUSE)
        .ifPresent(
            entry -> {
              throw new BadSettingException(
                  "version",
                  version
                      + " of "
                      + name
                      + " was refused"
                      + entry.reason().map(why -> " (" + why + ")").orElse("")
                      + "; --force --reason TEXT promotes it all the same");
            });
  }
}
