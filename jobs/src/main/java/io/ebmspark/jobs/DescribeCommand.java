package io.ebmspark.jobs;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.encoding.Calendar;
import io.ebmspark.spark.data.encoding.Categorical;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.encoding.Frequency;
import io.ebmspark.spark.data.encoding.Numeric;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.record.Lineage;
import io.ebmspark.spark.registry.ModelReference;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ebm describe}: what a model folder holds, for people to read. */
@Command(
    name = "describe",
    description = "Prints what a model holds.",
    mixinStandardHelpOptions = true,
    footer = {
      "%nExamples:",
      "  ebm describe models/breast-cancer",
      "  ebm describe models:/sessions@champion"
    })
final class DescribeCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "MODEL",
      description = "the model folder, or models:/NAME/3 or models:/NAME@champion")
  String name = "";

  @Override
  public void run() {
    ModelReference reference = reference(name);
    Model model = new ModelFolder(reference.path(), Sessions.hadoop()).read();
    ModelConfig config = model.config();
    if (json) {
      printJson(config);
      return;
    }
    line("model", reference.describe());
    reference.version().ifPresent(version -> line("lineage", lineage(version.record().lineage())));
    line("trained", config.provenance().created() + " with " + config.provenance().versions());
    line(
        "data",
        String.format(
            Locale.ROOT,
            "%d rows from %s, fingerprint %s",
            config.provenance().rows(),
            config.data().source().describe(),
            config.provenance().dataFingerprint().substring(0, 16)));
    line("features", features(config.features()));
    line("scaling", config.data().scaling().toString().toLowerCase(Locale.ROOT));
    line("row shape", config.shape().toString());
    line("parameters", Integer.toString(model.trained().length));
    line("temperature", Double.toString(config.temperature()));
    line(
        "training",
        String.format(
            Locale.ROOT,
            "%d steps of %d rows, seed %d%s",
            config.provenance().steps(),
            config.training().batchSize(),
            config.training().seed(),
            config
                .provenance()
                .finalLoss()
                .map(loss -> String.format(Locale.ROOT, ", final loss %.5g", loss))
                .orElse("")));
    config
        .provenance()
        .comparison()
        .ifPresent(comparison -> line("compared", comparison.describe()));
    config.provenance().best().ifPresent(best -> line("weights kept", best.describe()));
    line("energies", energies(config));
    System.out.println();
    System.out.print(SettingsWriter.toYaml(new Shown(config.energy(), config.training())));
  }

  private static String lineage(Lineage lineage) {
    return lineage.parent().map(parent -> "from version " + parent + ", ").orElse("")
        + "run "
        + lineage.run();
  }

  /** The part of the settings worth showing in full. */
  private record Shown(Energy energy, TrainingSettings training) {}

  private static String features(FeatureSettings features) {
    if (features.packed()) {
      return features.scale().size() + " entries of the column " + features.columns().get(0);
    }
    String columns =
        features.columns().stream()
            .map(name -> name + encoding(features.encodings().get(name)))
            .collect(Collectors.joining(", "));
    return features.columns().size() + " columns: " + columns;
  }

  private static String encoding(@Nullable Encoding encoding) {
    if (encoding instanceof Categorical category) {
      return " (" + category.levels().size() + " levels)";
    } else if (encoding instanceof Frequency) {
      return " (frequency)";
    } else if (encoding instanceof Calendar) {
      return " (date)";
    } else if (encoding instanceof Numeric number && number.unit() > 0) {
      return " (logarithm)";
    }
    return "";
  }

  private static String energies(ModelConfig config) {
    List<Double> knots = config.percentiles().knots();
    int last = knots.size() - 1;
    return String.format(
        Locale.ROOT,
        "of %s: lowest %.4g, median %.4g, 95%% below %.4g, highest %.4g",
        config.heldOut().map(held -> held.rows() + " rows held out").orElse("the training rows"),
        knots.get(0),
        knots.get(last / 2),
        knots.get((int) (0.95 * last)),
        knots.get(last));
  }

  private static void line(String name, String value) {
    System.out.printf("%-12s %s%n", name, Printable.of(value));
  }
}
