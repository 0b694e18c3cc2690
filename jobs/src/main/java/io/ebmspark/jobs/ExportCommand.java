package io.ebmspark.jobs;

import io.ebmspark.spark.exchange.ExportedFile;
import io.ebmspark.spark.exchange.ModelCard;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.registry.ModelReference;
import io.ebmspark.spark.run.TrainingRun;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ebm export}: a model as one file for other programs. */
@Command(
    name = "export",
    description = "Writes a model as a file that other programs compute energies with.",
    mixinStandardHelpOptions = true,
    footer = {
      "%nExamples:",
      "  ebm export models/breast-cancer --format onnx --output breast-cancer.onnx",
      "  ebm export models:/sessions@champion --format onnx --gradient --output sessions.onnx"
    })
final class ExportCommand extends RegistryCommand {
  /** What a file can be. */
  enum Format {
    ONNX
  }

  @Parameters(
      paramLabel = "MODEL",
      description = "the model folder, or models:/NAME/3 or models:/NAME@champion")
  String name = "";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      required = true,
      description = "onnx, for any ONNX runtime")
  Format format = Format.ONNX;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "the file, on any Hadoop file system")
  String output = "";

  @Option(names = "--gradient", description = "compute the energy's gradient in the row too")
  boolean gradient;

  @Option(names = "--overwrite", description = "replace a file that exists")
  boolean overwrite;

  @Override
  public void run() {
    ModelReference reference =
        ModelReference.resolve(name, Optional.ofNullable(root), Sessions.hadoop());
    Model model = new ModelFolder(reference.path(), Sessions.hadoop()).read();
    ExportedFile.onnx(model, gradient, TrainingRun.version())
        .write(output, overwrite, Sessions.hadoop());
    ModelCard card = ModelCard.of(model.config());
    people()
        .printf(
            Locale.ROOT,
            "%s as %s in %s: rows of %d inputs, in the table's units, to energies%s%n",
            reference.describe(),
            format,
            output,
            card.inputs().size(),
            gradient ? " and their gradients" : "");
    printJson(card);
  }
}
