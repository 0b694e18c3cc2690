package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ebmspark.core.engine.ScriptModule;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.program.Archive;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ebm export}, and what ONNX Runtime makes of its files. */
class ExportCommandTest {
  private static final String MODELS =
      "../spark-runner/src/test/resources/io/ebmspark/release-0.1/models/";

  @TempDir Path folder;

  /** What a command said, and its exit code. */
  private record Answer(int code, String err) {}

  private static Answer ebm(String... arguments) {
    PrintStream before = System.err;
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      return new Answer(Main.run(arguments), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(before);
    }
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private static float[] energies(String file, double[][] rows) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file);
        OnnxTensor input = OnnxTensor.createTensor(environment, rows);
        OrtSession.Result result = session.run(Map.of("rows", input))) {
      return (float[]) result.get("energy").orElseThrow().getValue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mlp",
        "transformer",
        "graph",
        "residual-mlp",
        "conv",
        "gaussian-mixture",
        "sum",
        "composed",
        "spectral-norm"
      })
  void aStoredModelsFileComputesItsEnergies(String kind) throws OrtException {
    String file = path(kind + ".onnx");
    assertThat(ebm("export", MODELS + kind, "--format", "onnx", "--output", file).code()).isZero();
    Model model = new ModelFolder(MODELS + kind, new Configuration()).read();
    FeatureSettings features = model.config().features();
    int width = features.scaling().width();
    double[][] rows = new double[50][width];
    float[] inputs = new float[50 * width];
    for (int i = 0; i < inputs.length; i++) {
      double z = 2 * Math.sin(i);
      rows[i / width][i % width] = features.scaling().toTable(i % width, z);
      inputs[i] = features.scaling().toModel(i % width, rows[i / width][i % width]);
    }
    float[] ours;
    try (RowEnergies open = model.open(Device.cpu())) {
      ours = open.energies(inputs);
    }
    String module = path(kind + ".pt");
    assertThat(ebm("export", MODELS + kind, "--format", "torch", "--output", module).code())
        .isZero();
    float[] theirs = energies(file, rows);
    float[] libtorchs = new float[rows.length];
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor x =
          scope.upload(Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray(), 50, width);
      ScriptModule.load(Archive.read(Path.of(module))).call(x, List.of()).copyTo(libtorchs);
    }
    for (int i = 0; i < ours.length; i++) {
      float tolerance = 1e-5f * Math.max(1, Math.abs(ours[i]));
      assertThat(theirs[i]).isCloseTo(ours[i], within(tolerance));
      assertThat(libtorchs[i]).isCloseTo(ours[i], within(tolerance));
    }
  }

  @Test
  void mistakesAreNamedInOneLine() throws IOException {
    refused("kind ackley cannot be exported", "ackley", path("t.onnx"));
    Answer torch =
        ebm("export", MODELS + "mlp", "--format=torch", "--gradient", "--output=" + path("mlp.pt"));
    assertThat(torch.code()).isEqualTo(2);
    assertThat(torch.err()).contains("--gradient is of --format onnx");
    Files.writeString(folder.resolve("kept"), "x");
    refused("exists already; choose another --output", "mlp", path("kept"));
    refused("is a folder", "mlp", folder.toString(), "--overwrite");
    assertThat(folder.resolve("kept")).hasContent("x");
    assertThat(folder.resolve("t.onnx")).doesNotExist();
    String[] again = {"export", MODELS + "mlp", "--format=onnx", "--overwrite", "--output"};
    List<String> all = new ArrayList<>(List.of(again));
    all.add(path("kept"));
    assertThat(Main.run(all.toArray(String[]::new))).isZero();
    assertThat(folder.resolve("kept")).isNotEmptyFile();
    assertThat(folder.resolve("kept.incomplete")).doesNotExist();
  }

  private static void refused(String message, String model, String output, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("export", MODELS + model, "--format=onnx", "--output=" + output));
    arguments.addAll(List.of(more));
    Answer answer = ebm(arguments.toArray(String[]::new));
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.err()).contains(message).hasLineCount(1);
  }

  /** Text and missing values become inputs by what the file says of itself, and by nothing else. */
  @Test
  @Tag("long")
  void inputsOfATableAsItIsFollowFromTheFileAlone() throws IOException, OrtException {
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("export")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    spark.sparkContext().setLogLevel("OFF");
    try {
      String data = "../examples/data/departures.csv.gz";
      assertThat(
              Main.run(
                  "train",
                  "--set=data.source={path: " + data + ", format: csv, where: scheduled < 400}",
                  "--set=data.missing=indicator",
                  "--set=data.columns={aircraft: {as: frequency}}",
                  "--set=training.steps=20",
                  "--set=output.model=" + path("model")))
          .isZero();
      assertThat(
              Main.run(
                  "score",
                  "--set=model=" + path("model"),
                  "--set=source={path: " + data + ", format: csv, where: scheduled < 420}",
                  "--set=output.path=" + path("scored")))
          .isZero();
      assertThat(
              Main.run("export", path("model"), "--format=onnx", "--output=" + path("model.onnx")))
          .isZero();
      JsonNode card = card(path("model.onnx"));
      assertThat(card.get("format").asText()).isEqualTo("ebm-on-spark-export/1");
      assertThat(card.get("inputs").toString())
          .contains("carrier=UA", "carrier other", "frequency of aircraft", "missing");
      List<Row> scored = spark.read().parquet(path("scored")).collectAsList();
      double[][] rows = scored.stream().map(row -> inputs(row, card)).toArray(double[][]::new);
      float[] found = energies(path("model.onnx"), rows);
      int different = 0;
      for (int i = 0; i < found.length; i++) {
        double energy = scored.get(i).getAs("energy");
        assertThat((double) found[i])
            .isCloseTo(energy, within(1e-5 * Math.max(1, Math.abs(energy))));
        different += found[i] == found[0] ? 0 : 1;
      }
      assertThat(different).isGreaterThan(800);
    } finally {
      spark.stop();
    }
  }

  private static JsonNode card(String file) throws OrtException, IOException {
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file)) {
      String text = session.getMetadata().getCustomMetadata().get("ebm-on-spark");
      return new ObjectMapper().readTree(text);
    }
  }

  /** As docs/exchange.md says. */
  private static double[] inputs(Row row, JsonNode card) {
    JsonNode features = card.get("features");
    List<Double> inputs = new ArrayList<>();
    for (JsonNode column : features.get("columns")) {
      Object value = row.getAs(column.asText());
      JsonNode encoding = features.get("encodings").path(column.asText());
      double mean = features.get("mean").get(inputs.size()).asDouble();
      switch (encoding.path("kind").asText("plain")) {
        case "categorical" -> {
          List<String> levels = texts(encoding.get("levels"));
          int others = levels.size();
          boolean missing = encoding.get("missing").asBoolean();
          int place = value == null ? others + 1 : levels.indexOf(String.valueOf(value));
          place = Math.min(place < 0 ? others : place, others + (missing ? 1 : 0));
          for (int i = 0; i < others + (missing ? 2 : 1); i++) {
            inputs.add(i == place ? 1.0 : 0.0);
          }
        }
        case "frequency" -> {
          int place = texts(encoding.get("levels")).indexOf(String.valueOf(value));
          double rows =
              value == null
                  ? encoding.get("missing").asDouble()
                  : place < 0
                      ? encoding.get("others").asDouble()
                      : encoding.get("counts").get(place).asDouble();
          inputs.add(Math.log((rows + 0.5) / (encoding.get("rows").asDouble() + 1)));
        }
        case "numeric", "plain" -> {
          assertThat(encoding.path("unit").asDouble()).isZero();
          inputs.add(value == null ? mean : number(value));
          if (encoding.path("indicator").asBoolean()) {
            inputs.add(value == null ? 1.0 : 0.0);
          }
        }
        default -> throw new AssertionError(encoding);
      }
    }
    return inputs.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double number(Object value) {
    return value instanceof Boolean truth ? (truth ? 1 : 0) : ((Number) value).doubleValue();
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(each.asText()));
    return texts;
  }
}
