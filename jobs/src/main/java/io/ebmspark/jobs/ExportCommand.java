package io.ebmspark.jobs;

import io.ebmspark.spark.exchange.ExportedFile;
import io.ebmspark.spark.exchange.ModelCard;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.registry.ModelReference;
import io.ebmspark.spark.run.Versions;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ebm export}: a model as one file for other programs. */
@Command(
    name = "export",
    description = "Writes a model as a file that other programs compute energies with.",
    mixinStandardHelpOptions = true,
    footer = {
      "%nExamples:",
      "  ebm export models/breast-cancer --format onnx --output breast-cancer.onnx",
      "  ebm export models:/sessions@champion --format onnx --gradient --output sessions.onnx",
      "  ebm export models/breast-cancer --format torch --output breast-cancer.pt"
    })
final class ExportCommand extends RegistryCommand {
  /** What a file can be. */
  enum Format {
    ONNX,
    TORCH
  }

  @Parameters(
      paramLabel = "MODEL",
      description = "the model folder, or models:/NAME/3 or models:/NAME@champion")
  String name = "";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      required = true,
      description = "onnx, for any ONNX runtime, or torch, for torch.jit.load")
  Format format = Format.ONNX;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "the file, on any Hadoop file system")
  String output = "";

  @Option(
      names = "--gradient",
      description = "of onnx: compute the energy's gradient in the row too")
  boolean gradient;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  CommandSpec spec;

  @Option(names = "--overwrite", description = "replace a file that exists")
  boolean overwrite;

  @Override
  public void run() {
    if (gradient && format == Format.TORCH) {
      throw new ParameterException(
          spec.commandLine(),
          "--gradient is of --format onnx; PyTorch differentiates a module itself, so leave it out");
    }
    ModelReference reference = reference(name);
    Model model = new ModelFolder(reference.path(), Sessions.hadoop()).read();
    ExportedFile file =
        switch (format) {
          case ONNX -> ExportedFile.onnx(model, gradient, Versions.ofThisBuild());
          case TORCH -> ExportedFile.torchScript(model);
        };
    file.write(output, overwrite, Sessions.hadoop());
    ModelCard card = ModelCard.of(model.config());
    people()
        .printf(
            Locale.ROOT,
            "%s in %s: rows of %d inputs, in the table's units, to energies%s%n",
            reference.describe(),
            output,
            card.inputs().size(),
            gradient ? " and their gradients" : "");
    printJson(card);
  }
}
