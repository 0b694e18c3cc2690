package io.ebmspark.core.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.NativeMemory;
import io.ebmspark.core.engine.NoDerivativeException;
import io.ebmspark.core.engine.ScriptModule;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.onnx.BroughtModule;
import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.program.Archive;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.LocalGradients;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.Trainer;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchScriptTest {
  private static TorchScript module(String name) {
    try {
      Path file = Path.of(TorchScriptTest.class.getResource("/io/ebmspark/core/" + name).toURI());
      return new TorchScript(file.toString(), Optional.empty());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double[] doubles(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  @Test
  void aModuleFromPyTorchAnswersAsItDidThere() throws IOException {
    JsonNode expected;
    try (InputStream in =
        TorchScriptTest.class.getResourceAsStream("/io/ebmspark/core/parity.json")) {
      expected = new ObjectMapper().readTree(in).get("brought");
    }
    Energy energy = module("brought.pt");
    ParameterLayout layout = energy.parameters(3);
    List<String> names = new ArrayList<>();
    expected.get("names").forEach(name -> names.add(name.asText()));
    assertThat(layout.parameters()).extracting(Parameter::name).containsExactlyElementsOf(names);
    float[] initial = layout.initialise(1);
    double[] saved = doubles(expected.get("parameters"));
    for (int i = 0; i < initial.length; i++) {
      assertThat((double) initial[i]).isEqualTo(saved[i]);
    }
    try (TensorScope scope = TensorScope.open()) {
      Tensor flat = scope.upload(initial, initial.length).leaf();
      Tensor rows = scope.upload(doubles(expected.get("rows")), 4, 3);
      PreparedEnergy bound = energy.prepare(Weights.of(layout, flat));
      double[] wanted = doubles(expected.get("energies"));
      assertThat(bound.at(rows).toDoubles()).containsExactly(wanted, within(1e-5));
      assertThat(bound.gradient(rows).toDoubles())
          .containsExactly(doubles(expected.get("gradient")), within(1e-5));
      assertThat(Gradients.of(bound.at(rows), flat).toDoubles())
          .containsExactly(doubles(expected.get("parameterGradient")), within(1e-4));
      // The parameters are those passed in, not those saved in the file.
      Tensor other = scope.zeros(initial.length);
      assertThat(energy.energy(rows, Weights.of(layout, other)).toDoubles()).containsOnly(0);
    }
  }

  @Test
  void itPassesTheCheckOfEnergiesAndTrainsTheSameOnAnyNumberOfThreads() {
    TorchScript energy = module("brought.pt");
    EnergyCheck.check(energy, new long[] {3}, 1);
    Objective objective = new DenoisingScoreMatching(Schedule.of(0.5));
    TrainingSettings settings =
        new TrainingSettings(
            objective,
            new Adam(0.9, 0.999, 1e-8),
            Schedule.of(0.01),
            60,
            64,
            2,
            Optional.empty(),
            0,
            32,
            1);
    float[] values = new float[300];
    RandomStream.of(1, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    List<RowBlock> shards =
        List.of(
            new RowBlock(0, 3, java.util.Arrays.copyOf(values, 150)),
            new RowBlock(50, 3, java.util.Arrays.copyOfRange(values, 150, 300)));
    List<Double> losses = new ArrayList<>();
    TrainingState one =
        LocalTrainer.train(energy, new long[] {3}, settings, shards, m -> losses.add(m.loss()));
    assertThat(one.parameters()).isNotEqualTo(energy.parameters(3).initialise(1));
    GradientWorker worker = new GradientWorker(energy, new long[] {3}, settings, 100);
    try (LocalGradients two = new LocalGradients(worker, shards, 2)) {
      TrainingState other =
          new Trainer(energy, new long[] {3}, settings).train(two, worker.plan(), m -> {});
      assertThat(other.parameters()).isEqualTo(one.parameters());
    }
    double first = losses.subList(0, 10).stream().mapToDouble(d -> d).average().orElseThrow();
    double last = losses.subList(50, 60).stream().mapToDouble(d -> d).average().orElseThrow();
    assertThat(last).isLessThan(first);
  }

  /** Spark retires idle threads, and every measurement of rows held out has threads of its own. */
  @Test
  void aThreadLeavesNoModuleBehind() {
    TorchScript energy = module("brought.pt");
    ParameterLayout layout = energy.parameters(3);
    float[] parameters = layout.initialise(1);
    Runnable call =
        () -> {
          try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT32)) {
            Weights weights = Weights.of(layout, scope.upload(parameters, layout.size()));
            energy.energy(scope.upload(new float[3], 1, 3), weights);
          }
        };
    double left = NativeMemory.megabytesLeft(() -> inThreads(60, call));
    assertThat(left).as("a module is a third of a megabyte").isLessThan(5);
  }

  private static void inThreads(int threads, Runnable work) {
    for (int i = 0; i < threads; i++) {
      Thread thread = new Thread(work);
      thread.start();
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void whatCannotBeTrainedIsRefused(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> module("batch-norm.pt").parameters(3))
        .hasMessageContaining("batch normalisation");
    assertThatThrownBy(() -> module("listed.pt").parameters(3))
        .hasMessageContaining("parameter centres.0 has a number for a name");
    TorchScript recurrent =
        written(folder.resolve("gru.pt"), "torch.sum(x, [1]) # self._flat_weights");
    assertThatThrownBy(() -> recurrent.parameters(3)).hasMessageContaining("uses a GRU");
    Path text = Files.writeString(folder.resolve("notes.pt"), "not a module");
    assertThatThrownBy(() -> new TorchScript(text.toString(), Optional.empty()).parameters(3))
        .hasMessageContaining("not a TorchScript archive");
    assertThatThrownBy(() -> new TorchScript(folder + "/none.pt", Optional.empty()).parameters(3))
        .hasMessageContaining("none.pt does not exist");
    String file = module("brought.pt").file();
    Path copy = Files.copy(Path.of(file), folder.resolve("copy.pt"));
    assertThatThrownBy(() -> new TorchScript(copy.toString(), Optional.of("00")).parameters(3))
        .hasMessageContaining("SHA-256");
  }

  /** As PyTorch trains them, and as {@code load_state_dict} leaves them: the last name's counts. */
  @Test
  void aTensorUnderTwoNamesStaysOne() {
    TorchScript energy = module("tied.pt");
    ParameterLayout layout = energy.parameters(3);
    assertThat(layout.parameters())
        .extracting(Parameter::name)
        .containsExactly("inner.weight", "inner.bias", "outer.weight", "outer.bias");
    float[] initial = layout.initialise(1);
    assertThat(Arrays.copyOf(initial, 9)).isEqualTo(Arrays.copyOfRange(initial, 12, 21));
    try (TensorScope scope = TensorScope.open()) {
      Tensor flat = scope.upload(initial, initial.length).leaf();
      Tensor rows = scope.upload(new float[] {1, -2, 0.5f}, 1, 3);
      float[] slopes = Gradients.of(energy.energy(rows, Weights.of(layout, flat)), flat).toFloats();
      assertThat(Arrays.copyOf(slopes, 9)).containsOnly(0);
      // The sum of both layers' shares: a step along it lowers the energy as it says.
      float[] moved = initial.clone();
      double expected = 0;
      for (int i = 0; i < moved.length; i++) {
        moved[i] -= 1e-3f * slopes[i];
        expected -= 1e-3 * slopes[i] * slopes[i];
      }
      Weights after = Weights.of(layout, scope.upload(moved, moved.length));
      double before = energy.energy(rows, Weights.of(layout, flat)).toDouble();
      assertThat(energy.energy(rows, after).toDouble() - before)
          .isCloseTo(expected, within(0.05 * Math.abs(expected)));
    }
  }

  /** A module of a method and a tensor of its own, which is not trained. */
  private static TorchScript written(Path file, String formula) throws IOException {
    byte[] values = new byte[3 * 3 * Float.BYTES];
    for (int i = 0; i < 9; i++) {
      ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN).putFloat(i * Float.BYTES, i % 4 - 1);
    }
    Archive.Stored own = new Archive.Stored("own", "Float", new long[] {3, 3}, values);
    String method = "def forward(self, x: Tensor) -> Tensor:\n  return " + formula + "\n";
    Files.write(file, Archive.of(method, List.of(own), Map.of()).bytes());
    return new TorchScript(file.toString(), Optional.empty());
  }

  /** {@code squeeze()} at the end of a module takes the batch's axis too where it has one row. */
  @Test
  void aModuleThatSqueezesTakesASingleRow(@TempDir Path folder) throws IOException {
    TorchScript squeezing =
        written(folder.resolve("a.pt"), "torch.squeeze(torch.sum(torch.square(x), [1], True))");
    EnergyCheck.check(squeezing, new long[] {3}, 1);
    try (TensorScope scope = TensorScope.open()) {
      PreparedEnergy energy = squeezing.prepare(Weights.of(ParameterLayout.EMPTY, scope.zeros(0)));
      Score one = energy.score(scope.upload(new float[] {1, -2, 2}, 1, 3));
      assertThat(one.energies().shape()).containsExactly(1);
      assertThat(one.energies().toFloats()).containsExactly(9);
      assertThat(one.gradients().toFloats()).containsExactly(2, -4, 4);
    }
    // The control: one number for a batch of several.
    TorchScript summing = written(folder.resolve("b.pt"), "torch.sum(torch.square(x))");
    assertThatThrownBy(() -> EnergyCheck.check(summing, new long[] {3}, 1))
        .hasMessageContaining("must return one number per row: shape [3] for a batch of 3, got []");
  }

  /** libtorch multiplies no matrices of two precisions, and a module's own are in single. */
  @Test
  void aModuleWithTensorsOfItsOwnIsCheckedInTheirPrecision(@TempDir Path folder)
      throws IOException {
    String product = "torch.sum(torch.tanh(torch.matmul(%s, self.own)), [1])";
    EnergyCheck.check(written(folder.resolve("a.pt"), product.formatted("x")), new long[] {3}, 1);
    TorchScript cut = written(folder.resolve("b.pt"), product.formatted("torch.detach(x)"));
    assertThatThrownBy(() -> EnergyCheck.check(cut, new long[] {3}, 1))
        .hasMessageContaining("is not differentiable");
    String half =
        "torch.sum(torch.add(torch.detach(y), y), [1])".replace("y", "torch.matmul(x, self.own)");
    TorchScript wrong = written(folder.resolve("c.pt"), half);
    assertThatThrownBy(() -> EnergyCheck.check(wrong, new long[] {3}, 1))
        .hasMessageContaining("gradient in x that disagrees with finite differences");
  }

  /** libtorch's attention is differentiated once; score matching needs more. */
  @Test
  void whatHasNoSecondDerivativeIsTold(@TempDir Path folder) throws IOException {
    String one = "torch.reshape(torch.matmul(x, self.own), [-1, 1, 3, 1])";
    String sum =
        "torch.sum(torch.scaled_dot_product_attention(y, y, y, None, 0., False), [1, 2, 3])";
    TorchScript attentive = written(folder.resolve("a.pt"), sum.replace("y", one));
    EnergyCheck.check(attentive, new long[] {3}, 1);
    try (TensorScope scope = TensorScope.open()) {
      Tensor rows = scope.upload(new float[] {1, -2, 0.5f}, 1, 3).leaf();
      Weights none = Weights.of(ParameterLayout.EMPTY, scope.zeros(0));
      Tensor slopes = Gradients.differentiable(attentive.energy(rows, none), rows);
      assertThatThrownBy(() -> Gradients.of(slopes.square(), rows))
          .isInstanceOf(NoDerivativeException.class)
          .hasMessageContaining("scaled_dot_product_flash_attention")
          .hasMessageContaining("take an objective that compares energies");
    }
  }

  @Test
  void aModuleThatDrawsOrRaisesIsToldAsWhatItDoes(@TempDir Path folder) throws IOException {
    TorchScript dropping =
        written(folder.resolve("a.pt"), "torch.sum(torch.dropout(x, 0.5, True), [1])");
    assertThatThrownBy(() -> EnergyCheck.check(dropping, new long[] {3}, 1))
        .hasMessageContaining("returns another energy for the same rows")
        .hasMessageContaining("module.eval()");
    TorchScript narrow =
        written(folder.resolve("b.pt"), "torch.sum(torch.reshape(x, [7, 3]), [1])");
    assertThatThrownBy(() -> EnergyCheck.check(narrow, new long[] {3}, 1))
        .hasMessageEndingWith(
            "fails on rows of shape [3]: shape '[7, 3]' is invalid for input of size 9");
  }

  /** It goes back with the weights it has now, and takes rows in the table's units. */
  @Test
  void aModuleGoesBackWithItsTrainedWeights(@TempDir Path folder) throws IOException {
    TorchScript energy = module("brought.pt");
    ParameterLayout layout = energy.parameters(3);
    float[] trained = layout.initialise(1);
    for (int i = 0; i < trained.length; i++) {
      trained[i] += 0.3f * (float) Math.sin(i);
    }
    FeatureScaling scaling =
        new FeatureScaling(new double[] {5, -2, 100}, new double[] {0.5, 3, 20});
    double[] rows = new double[3 * 12];
    float[] inputs = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = scaling.toTable(i % 3, 2 * Math.cos(i));
      inputs[i] = scaling.toModel(i % 3, rows[i]);
    }
    rows[3 * 10] = Double.NaN;
    rows[3 * 11] = 1e200;
    Path plain = folder.resolve("plain.pt");
    Path scaled = folder.resolve("scaled.pt");
    Archive module = energy.trained(trained, 3);
    Files.write(plain, module.bytes());
    Map<String, String> text = Map.of("key", "value");
    Files.write(scaled, BroughtModule.scaled(module, scaling, new long[] {3}, text).bytes());
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64);
        TensorScope narrow = TensorScope.open(Device.cpu(), DataType.FLOAT32);
        ScriptModule back = ScriptModule.load(Archive.read(plain));
        ScriptModule whole = ScriptModule.load(Archive.read(scaled))) {
      Weights weights = Weights.of(layout, narrow.upload(trained, layout.size()));
      double[] expected = energy.energy(narrow.upload(inputs, 12, 3), weights).toDoubles();
      assertThat(back.parameters())
          .extracting(ScriptModule.Trained::name)
          .containsExactlyElementsOf(layout.parameters().stream().map(Parameter::name).toList());
      int at = 0;
      for (ScriptModule.Trained part : back.parameters()) {
        assertThat(part.value())
            .isEqualTo(Arrays.copyOfRange(trained, at, at + part.value().length));
        at += part.value().length;
      }
      // Parameters of the module inside are found, and may be trained on.
      List<Tensor> own =
          whole.parameters().stream()
              .map(part -> narrow.upload(part.value(), part.shape()))
              .toList();
      double[] found = whole.call(scope.upload(rows, 12, 3), own).toDoubles();
      assertThat(Arrays.copyOf(found, 10))
          .containsExactly(Arrays.copyOf(expected, 10), within(1e-5));
      assertThat(found[10]).isNaN();
      assertThat(found[11]).isEqualTo(Double.POSITIVE_INFINITY);
    }
    // What came back may be brought here again.
    assertThat(new TorchScript(plain.toString(), Optional.empty()).parameters(3).initialise(1))
        .isEqualTo(trained);
  }
}
