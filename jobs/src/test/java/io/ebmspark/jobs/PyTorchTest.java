package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.exchange.InitialWeights;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Weights that go to Python and come back, by {@code resources/exchange/pytorch.py}: with the
 * modules of TorchEBM's user guide where {@code -Dtest.python} names a Python that has PyTorch, and
 * else, by {@code scripts/safetensors}, with the same computed by NumPy.
 */
@Tag("long")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class PyTorchTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path PROGRAM =
      Path.of("src/test/resources/exchange/pytorch.py").toAbsolutePath();

  private static SparkSession spark;
  @TempDir Path folder;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("PyTorch")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    spark.sparkContext().setLogLevel("OFF");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private String run(String... command) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said + Files.readString(log)).isZero();
    return said.strip();
  }

  private String python(String... arguments) throws IOException, InterruptedException {
    String given = System.getProperty("test.python", "");
    String python = given.isEmpty() ? run(ROOT.resolve("scripts/safetensors").toString()) : given;
    List<String> command = new ArrayList<>(List.of(python, PROGRAM.toString()));
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new));
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private Model trained(String name, String energy, String shape, String training)
      throws IOException {
    int width = shape.equals("[]") ? 3 : 16;
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < width; i++) {
      rows.append(i == 0 ? "" : ",").append('f').append(i);
    }
    for (int row = 0; row < 80; row++) {
      for (int i = 0; i < width; i++) {
        rows.append(i == 0 ? "\n" : ",").append(50 + 3 * Math.sin(7.0 * row * (i + 1) + i));
      }
    }
    Files.writeString(folder.resolve("rows.csv"), rows);
    assertThat(
            Main.run(
                "train",
                "--set=data={shape: "
                    + shape
                    + ", source: {path: "
                    + path("rows.csv")
                    + ", format: csv}}",
                "--set=energy=" + energy,
                "--set=training=" + training,
                "--set=initialWeights=" + path("begun.safetensors"),
                "--set=output.model=" + path(name)))
        .isZero();
    return new ModelFolder(path(name), new Configuration()).read();
  }

  /** Our energies of some rows, for the other side. */
  private String table(Model model) throws IOException {
    FeatureSettings features = model.config().features();
    int width = features.scaling().width();
    double[][] rows = new double[100][width];
    float[] inputs = new float[100 * width];
    for (int i = 0; i < inputs.length; i++) {
      rows[i / width][i % width] = 50 + 5 * Math.cos(i);
      inputs[i] = features.scaling().toModel(i % width, rows[i / width][i % width]);
    }
    ObjectNode table = new ObjectMapper().createObjectNode();
    try (RowEnergies open = model.open(Device.cpu())) {
      table.putPOJO("energies", open.energies(inputs));
    }
    table.putPOJO("rows", rows);
    table.putPOJO("offset", features.offset());
    table.putPOJO("scale", features.scale());
    Path file = folder.resolve("table.json");
    Files.writeString(file, new ObjectMapper().writeValueAsString(table));
    return file.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mlp|{kind: mlp, hidden: [16, 16]}|[]",
        "conv|{kind: conv, channels: [4, 5], strides: [1, 2], hidden: 16}|[1, 4, 4]",
      })
  void weightsGoThereAndComeBack(String kind, String energy, String shape)
      throws IOException, InterruptedException {
    python("write", kind, path("begun.safetensors"));
    Model unchanged =
        trained(
            "unchanged",
            energy,
            shape,
            "{steps: 1, optimizer: {kind: sgd}, learningRate: 1e-30, averageDecay: 0}");
    float[] begun =
        new InitialWeights(path("begun.safetensors"), new Configuration())
            .read(unchanged.config().energy(), unchanged.config().rowShape());
    assertThat(unchanged.parameters()).isEqualTo(begun);
    double before =
        Double.parseDouble(python("check", kind, path("begun.safetensors"), table(unchanged)));
    assertThat(before).isLessThan(1e-5);

    Model trained = trained("trained", energy, shape, "{steps: 30, learningRate: 0.01}");
    String stored = path("trained/model.safetensors");
    double after = Double.parseDouble(python("check", kind, stored, table(trained)));
    assertThat(after).isLessThan(1e-5);
    System.out.println(kind + ": largest relative difference " + before + ", then " + after);
    assertThat(Arrays.equals(trained.parameters(), begun)).isFalse();
    assertThat(Double.parseDouble(python("check", kind, path("begun.safetensors"), table(trained))))
        .as("the weights before training must not pass for those after it")
        .isGreaterThan(1e-3);
  }
}
