package io.ebmspark.spark.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.model.Safetensors;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelException;
import io.ebmspark.spark.run.RunListener;
import io.ebmspark.spark.run.TrainJob;
import io.ebmspark.spark.run.TrainingRun;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training that begins with another program's weights. */
class InitialWeightsTest {
  private static final Energy ENERGY = new Mlp(List.of(4), Activation.SILU);
  private static final ParameterLayout LAYOUT = ENERGY.parameters(2);

  @TempDir Path folder;

  /** One tensor of a file. */
  private record Entry(String name, String type, List<Long> shape, byte[] values) {
    static Entry of(Parameter parameter, String type, float[] values) {
      int width = type.equals("F64") ? 8 : 4;
      ByteBuffer bytes = ByteBuffer.allocate(width * values.length).order(ByteOrder.LITTLE_ENDIAN);
      for (float value : values) {
        if (width == 8) {
          bytes.putDouble(value);
        } else {
          bytes.putFloat(value);
        }
      }
      List<Long> shape = Arrays.stream(parameter.shape()).boxed().toList();
      return new Entry(parameter.name(), type, shape, bytes.array());
    }
  }

  /** As PyTorch writes them: in whatever order, here the last first, biases in double. */
  private static List<Entry> entries(float[] weights) {
    List<Entry> entries = new ArrayList<>();
    int at = 0;
    for (Parameter parameter : LAYOUT.parameters()) {
      float[] part = Arrays.copyOfRange(weights, at, at + parameter.size());
      entries.add(Entry.of(parameter, parameter.name().endsWith("bias") ? "F64" : "F32", part));
      at += parameter.size();
    }
    Collections.reverse(entries);
    return entries;
  }

  private String file(String name, List<Entry> entries) throws IOException {
    int at = 0;
    List<String> header = new ArrayList<>();
    for (Entry entry : entries) {
      int end = at + entry.values.length;
      header.add(
          "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(entry.name, entry.type, entry.shape, at, end));
      at = end;
    }
    byte[] text = ("{" + String.join(",", header) + "}").getBytes(StandardCharsets.UTF_8);
    Path path = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(path)) {
      out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).array());
      out.write(text);
      for (Entry entry : entries) {
        out.write(entry.values);
      }
    }
    return path.toString();
  }

  private Model trained(String name, String... changes) {
    SettingsTree tree =
        SettingsTree.parse(
            "job",
            """
            data: {source: {table: rows}}
            energy: {kind: mlp, hidden: [4]}
            training: {steps: 3, batchSize: 20, seed: 5}
            output: {model: %s}
            """
                .formatted(folder.resolve(name)));
    for (String change : changes) {
      tree = tree.with(change);
    }
    Dataset<Row> rows = Sessions.shared().range(60).selectExpr("sin(id) AS a", "cos(id * id) AS b");
    TrainJob job = SettingsBinder.bind(tree, TrainJob.class);
    return TrainingRun.on(rows, job, RunListener.SILENT).train(() -> false);
  }

  /** The file holds what a fresh run begins with, so both runs must end in the same bits. */
  @Test
  void trainingBeginsWithTheFilesWeights() throws IOException {
    float[] fresh = LAYOUT.initialise(5);
    String same = file("same.safetensors", entries(fresh));
    float[] plain = trained("fresh").parameters();
    assertThat(trained("begun", "initialWeights=" + same).parameters()).isEqualTo(plain);

    float[] turned = fresh.clone();
    turned[0] = -turned[0];
    String other = file("other.safetensors", entries(turned));
    assertThat(trained("other", "initialWeights=" + other).parameters()).isNotEqualTo(plain);

    // The weights of a model folder will do too: what the first run ended in.
    String stored = folder.resolve("fresh/model.safetensors").toString();
    assertThat(trained("on", "initialWeights=" + stored).parameters()).isNotEqualTo(plain);
  }

  /** What a model of noise levels holds beside its networks is measured again after training. */
  @Test
  void whatWasMeasuredAfterTrainingIsLeftOut() throws IOException {
    NoiseLevels levels = new NoiseLevels(ENERGY, List.of(0.1, 1.0), 4, false);
    ParameterLayout settled = levels.settled(2);
    Path path = folder.resolve("levels.safetensors");
    try (OutputStream out = Files.newOutputStream(path)) {
      Safetensors.write(out, settled, settled.initialise(3), Map.of());
    }
    float[] read = new InitialWeights(path.toString(), new Configuration()).read(levels, 2);
    assertThat(read).isEqualTo(levels.parameters(2).initialise(3));
  }

  private void refused(String message, List<Entry> entries) throws IOException {
    refused(message, file("refused.safetensors", entries));
  }

  private static void refused(String message, String path) {
    assertThatThrownBy(() -> new InitialWeights(path, new Configuration()).read(ENERGY, 2))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("initialWeights: ")
        .hasMessageContaining(message);
  }

  @Test
  void whatDoesNotFitIsNamed() throws IOException {
    List<Entry> all = entries(LAYOUT.initialise(5));
    refused(
        "lacks the tensor 'network.2.bias', of shape [1]; it has [network.2.weight,",
        all.subList(1, 4));

    List<Entry> more = new ArrayList<>(all);
    more.add(new Entry("network.4.bias", "F32", List.of(1L), new byte[4]));
    refused("does not have, [network.4.bias]; leave them out", more);

    List<Entry> wide = new ArrayList<>(all);
    wide.set(3, new Entry("network.0.weight", "F32", List.of(4L, 3L), new byte[48]));
    refused("'network.0.weight' of shape [4, 3], where the energy has [4, 2]", wide);

    List<Entry> half = new ArrayList<>(all);
    half.set(3, new Entry("network.0.weight", "F16", List.of(4L, 2L), new byte[16]));
    refused("'network.0.weight' as F16; save it as float32 or float64", half);

    List<Entry> cut = new ArrayList<>(all);
    cut.set(3, new Entry("network.0.weight", "F32", List.of(4L, 2L), new byte[20]));
    refused("places 'network.0.weight' at bytes", cut);

    float[] infinite = LAYOUT.initialise(5);
    infinite[3] = Float.POSITIVE_INFINITY;
    refused("not finite", entries(infinite));
  }

  @Test
  void filesThatAreNoneAreNamed() throws IOException {
    refused("there is no file", path("none"));
    Files.writeString(folder.resolve("text"), "weights of some kind, or other");
    refused("not a safetensors file", path("text"));
    String whole = file("whole", entries(LAYOUT.initialise(5)));
    byte[] bytes = Files.readAllBytes(Path.of(whole));
    Files.write(Path.of(whole), Arrays.copyOf(bytes, bytes.length - 3));
    refused("is truncated", whole);
  }

  /** Before a row is read, if the file is not there, and else before a step is taken. */
  @Test
  void aRunThatCannotBeginLeavesNothing() throws IOException {
    String bad = file("bad", entries(LAYOUT.initialise(5)).subList(0, 3));
    for (String given : List.of(path("none"), bad)) {
      assertThatThrownBy(() -> trained("refused", "initialWeights=" + given))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("initialWeights: ");
    }
    assertThat(folder.toFile().list()).noneMatch(name -> name.startsWith("refused"));
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
