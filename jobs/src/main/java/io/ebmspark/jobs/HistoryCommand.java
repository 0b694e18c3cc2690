package io.ebmspark.jobs;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.registry.HistoryEntry;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ebm history}: what was done to a registered model, by whom and why. */
@Command(
    name = "history",
    description = "Shows what was done to a registered model, the newest first.",
    mixinStandardHelpOptions = true,
    footer = {"%nExample:", "  ebm history sessions --last 10"})
final class HistoryCommand extends RegistryCommand {
  @Parameters(paramLabel = "NAME", description = "the model")
  String name = "";

  @Option(names = "--last", paramLabel = "N", description = "only the newest N changes")
  int last = Integer.MAX_VALUE;

  private record History(
      @Setting("name of the model") String name,
      @Setting("the newest first") List<HistoryEntry> entries) {}

  @Override
  public void run() {
    if (last < 1) {
      throw new BadSettingException("--last", "must be at least 1, got " + last);
    }
    List<HistoryEntry> entries = model(name).history(last);
    printJson(new History(name, entries));
    if (json) {
      return;
    }
    TextTable table =
        new TextTable("CHANGE", "TIME", "USER", "DONE", "VERSION", "CHAMPION", "REASON");
    for (HistoryEntry entry : entries) {
      table.row(
          entry.number(),
          entry.time(),
          entry.user(),
          entry.action().toString().toLowerCase(Locale.ROOT) + (entry.forced() ? " (forced)" : ""),
          entry.version(),
          version(entry.aliases().champion()),
          entry.reason().orElse("-"));
    }
    table.print(System.out);
  }
}
