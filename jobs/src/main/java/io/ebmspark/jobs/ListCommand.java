package io.ebmspark.jobs;

import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.registry.Aliases;
import io.ebmspark.spark.registry.HistoryEntry;
import io.ebmspark.spark.registry.RegisteredModel;
import io.ebmspark.spark.registry.Registry;
import io.ebmspark.spark.registry.VersionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ebm list}: the models of a registry, or the versions of one. */
@Command(
    name = "list",
    description = "Lists the registered models, or the versions of one.",
    mixinStandardHelpOptions = true,
    footer = {"%nExamples:", "  ebm list", "  ebm list sessions --json"})
final class ListCommand extends RegistryCommand {
  @Parameters(arity = "0..1", paramLabel = "NAME", description = "the model; all if absent")
  @Nullable String name;

  /** All models, for JSON. */
  private record Models(
      @Setting("where the registry is") String registry,
      @Setting("the models") List<Model> models) {}

  private record Model(
      @Setting("name") String name,
      @Setting("version in use") Optional<Long> champion,
      @Setting("version in use before it") Optional<Long> previous,
      @Setting("newest version that has not become champion") Optional<Long> candidate,
      @Setting("when the last change was made, UTC") String changed) {}

  /** The versions of one model, for JSON. */
  private record Versions(
      @Setting("name") String name, @Setting("the first one first") List<Version> versions) {}

  private record Version(
      @Setting("its aliases") List<String> aliases,
      @Setting("where it is") String folder,
      @Setting("what it is") VersionRecord version) {}

  @Override
  public void run() {
    if (name == null) {
      listModels();
    } else {
      listVersions(model(name));
    }
  }

  private void listModels() {
    Registry registry = registry();
    List<Model> models = new ArrayList<>();
    for (String each : registry.names()) {
      registry.model(each).last().map(entry -> model(each, entry)).ifPresent(models::add);
    }
    printJson(new Models(registry.root(), models));
    if (models.isEmpty()) {
      System.err.println("there are no models in the registry " + registry.root());
    } else if (!json) {
      TextTable table = new TextTable("NAME", "CHAMPION", "PREVIOUS", "CANDIDATE", "CHANGED");
      for (Model model : models) {
        table.row(
            model.name(),
            version(model.champion()),
            version(model.previous()),
            version(model.candidate()),
            model.changed());
      }
      table.print(System.out);
    }
  }

  private static Model model(String name, HistoryEntry last) {
    Aliases aliases = last.aliases();
    return new Model(
        name, aliases.champion(), aliases.previous(), aliases.candidate(), last.time());
  }

  private void listVersions(RegisteredModel model) {
    Aliases aliases = model.aliases();
    List<Version> versions =
        model.versions().stream()
            .map(found -> new Version(aliases.of(found.number()), found.folder(), found.record()))
            .toList();
    printJson(new Versions(model.name(), versions));
    if (!json) {
      TextTable table = new TextTable("VERSION", "FINISHED", "ALIASES", "PARENT", "ROWS", "RUN");
      for (Version each : versions) {
        VersionRecord record = each.version();
        String rows = record.lineage().fingerprint();
        table.row(
            record.version(),
            record.created(),
            each.aliases().isEmpty() ? "-" : String.join(",", each.aliases()),
            version(record.lineage().parent()),
            rows.substring(0, Math.min(12, rows.length())),
            record.lineage().run());
      }
      table.print(System.out);
    }
  }
}
