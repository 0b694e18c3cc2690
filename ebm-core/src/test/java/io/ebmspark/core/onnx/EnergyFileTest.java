package io.ebmspark.core.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Ackley;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.AnalyticEnergy;
import io.ebmspark.core.energy.Composed;
import io.ebmspark.core.energy.Conv;
import io.ebmspark.core.energy.DoubleWell;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.energy.GaussianMixture;
import io.ebmspark.core.energy.Graph;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.Initialised;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.energy.ResidualMlp;
import io.ebmspark.core.energy.Scaled;
import io.ebmspark.core.energy.SpectralNorm;
import io.ebmspark.core.energy.Sum;
import io.ebmspark.core.energy.Transformer;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.NativeMemory;
import io.ebmspark.core.engine.ScriptModule;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.program.Archive;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Exported energies as ONNX Runtime computes them, and libtorch. */
class EnergyFileTest {
  private static final int ROWS = 200;
  private static final double RELATIVE = 1e-5;
  private static final List<List<Double>> SLANTED = List.of(List.of(2.0, 0.6), List.of(0.6, 0.5));

  @TempDir Path folder;

  /** What the runtime computed. */
  private record Answer(float[] energies, double[][] gradients) {}

  /** An energy with weights, and rows to compare on. */
  private record Case(Energy energy, long... shape) {
    int width() {
      return Shapes.width(shape);
    }

    float[] parameters() {
      float[] parameters = energy.parameters(shape).initialise(3);
      return energy.settle(parameters, floats(normals(400 * width(), 5)), shape);
    }

    /** Units in which rows are as far from the model's as real ones. */
    FeatureScaling scaling() {
      double[] offset = new double[width()];
      double[] scale = new double[width()];
      for (int i = 0; i < scale.length; i++) {
        offset[i] = 1_000.0 * (i - 1);
        scale[i] = Math.pow(10, i % 5 - 2);
      }
      return new FeatureScaling(offset, scale);
    }

    double[][] rows() {
      double[] z = normals(ROWS * width(), 7);
      double[][] rows = new double[ROWS][width()];
      for (int i = 0; i < z.length; i++) {
        rows[i / width()][i % width()] = scaling().toTable(i % width(), 1.5 * z[i]);
      }
      return rows;
    }

    RowEnergies open() {
      return new RowEnergies(energy, shape, parameters(), Device.cpu());
    }

    byte[] exported() {
      try (RowEnergies open = open()) {
        return open.written(scaling(), true).toOnnx("test", Map.of());
      }
    }

    Answer ours(double[][] rows) {
      FeatureScaling scaling = scaling();
      float[] inputs = new float[rows.length * width()];
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = scaling.toModel(i % width(), rows[i / width()][i % width()]);
      }
      try (RowEnergies open = open()) {
        float[] found = open.gradients(inputs, RowEnergies.BLOCK_ROWS);
        double[][] gradients = new double[rows.length][width()];
        for (int i = 0; i < found.length; i++) {
          gradients[i / width()][i % width()] = found[i] / scaling.scale()[i % width()];
        }
        return new Answer(open.energies(inputs), gradients);
      }
    }

    @Override
    public String toString() {
      return energy.toString();
    }
  }

  private static double[] normals(int count, long seed) {
    float[] values = new float[count];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, count);
    double[] wide = new double[count];
    for (int i = 0; i < count; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static float[] floats(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  private static Answer runtime(byte[] file, double[][] rows) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    try (OrtSession session = environment.createSession(file, options);
        OnnxTensor input = OnnxTensor.createTensor(environment, rows);
        OrtSession.Result result = session.run(Map.of("rows", input))) {
      return new Answer(
          (float[]) result.get("energy").orElseThrow().getValue(),
          (double[][]) result.get("energy_gradient").orElseThrow().getValue());
    }
  }

  /** The same in TorchScript, as the module that {@code torch.jit.load} would open. */
  private float[] torch(Case each, double[][] rows) throws IOException {
    Path file = folder.resolve("energy.pt");
    try (RowEnergies open = each.open()) {
      Files.write(
          file, open.written(each.scaling(), false).toTorchScript(Map.of("key", "wörter")).bytes());
    }
    double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor x = scope.upload(flat, rows.length, each.width());
      return ScriptModule.load(Archive.read(file)).call(x, List.of()).toFloats();
    }
  }

  private static Stream<Case> cases() {
    Energy mlp = new Mlp(List.of(9, 6), Activation.SILU);
    List<Double> levels = List.of(0.1, 0.6, 2.0);
    Stream.Builder<Case> all = Stream.builder();
    for (Activation activation : Activation.values()) {
      all.add(new Case(new Mlp(List.of(16, 8), activation), 3));
    }
    all.add(new Case(new ResidualMlp(12, 2, Activation.TANH), 4));
    all.add(new Case(new Conv(List.of(3, 4, 5), List.of(1, 2, 3), 6, Activation.SELU), 2, 8, 7));
    all.add(new Case(new Transformer(8, 2, 2, 12, 2, Activation.GELU), 3, 4));
    all.add(new Case(new Transformer(6, 3, 1, 9, 2, Activation.SILU), 2, 4, 6));
    all.add(new Case(new Graph(2, 5, 2, Activation.SILU), 4, 6));
    all.add(new Case(new Gaussian(List.of(0.5, -1.0), SLANTED), 2));
    all.add(
        new Case(
            new GaussianMixture(
                List.of(1.0, 2.0),
                List.of(List.of(0.0, 1.0), List.of(-1.0, 2.0)),
                List.of(SLANTED, SLANTED)),
            2));
    all.add(new Case(new Harmonic(0.7), 2, 3));
    all.add(new Case(new DoubleWell(2, 1.5), 3));
    all.add(new Case(new Sum(List.of(mlp, new Harmonic(0.1), mlp)), 3));
    all.add(new Case(new Scaled(mlp, 2.5, false), 3));
    all.add(new Case(new Scaled(mlp, 2.5, true), 3));
    all.add(new Case(new Composed(new Gaussian(List.of(0.5, -1.0), SLANTED), mlp), 2));
    all.add(new Case(new SpectralNorm(mlp, 5), 3));
    all.add(new Case(new Initialised(mlp, Initialised.Rule.LECUN_NORMAL, 1), 3));
    all.add(new Case(new NoiseLevels(mlp, levels), 5));
    all.add(new Case(new NoiseLevels(new SpectralNorm(mlp, 3), levels, 150, true), 5));
    // More places than there are rows to keep.
    all.add(new Case(new Scaled(new NoiseLevels(mlp, levels, 1_000, false), 3, false), 2));
    all.add(
        new Case(
            new NoiseLevels(
                new Conv(List.of(4), List.of(2), 6, Activation.GELU), List.of(0.2, 1.0), 64, false),
            1,
            4,
            4));
    return all.build();
  }

  private static void assertClose(Answer found, Answer expected) {
    for (int i = 0; i < expected.energies.length; i++) {
      double e = expected.energies[i];
      assertThat(Math.abs(found.energies[i] - e))
          .as("row %d: %s where we say %s", i, found.energies[i], e)
          .isLessThan(RELATIVE * Math.max(1, Math.abs(e)));
      double[] g = expected.gradients[i];
      double apart = 0;
      double size = 0;
      for (int j = 0; j < g.length; j++) {
        apart = Math.max(apart, Math.abs(found.gradients[i][j] - g[j]) * Math.pow(10, j % 5 - 2));
        size = Math.max(size, Math.abs(g[j]) * Math.pow(10, j % 5 - 2));
      }
      assertThat(apart)
          .as("gradient of row %d, of size %s", i, size)
          .isLessThan(RELATIVE * Math.max(1, size));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theRuntimeComputesOurEnergiesAndGradients(Case each) throws OrtException {
    double[][] rows = each.rows();
    Answer ours = each.ours(rows);
    assertClose(runtime(each.exported(), rows), ours);

    // The same comparison must notice a change of any row in one place.
    double[][] others = each.rows();
    for (double[] row : others) {
      row[0] += 0.01 * each.scaling().scale()[0];
    }
    Answer moved = each.ours(others);
    assertThatThrownBy(() -> assertClose(runtime(each.exported(), rows), moved))
        .isInstanceOf(AssertionError.class);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theTorchScriptModuleComputesOurEnergies(Case each) throws IOException {
    double[][] rows = each.rows();
    float[] ours = each.ours(rows).energies;
    float[] found = torch(each, rows);
    assertThat(found).hasSameSizeAs(ours);
    for (int i = 0; i < ours.length; i++) {
      assertThat(found[i])
          .isCloseTo(ours[i], within((float) RELATIVE * Math.max(1, Math.abs(ours[i]))));
    }
  }

  @Test
  void rowsThatAreNotFiniteAreNotHidden() throws IOException, OrtException {
    for (Activation activation : Activation.values()) {
      Energy network = new Mlp(List.of(4), activation);
      Case each = new Case(new NoiseLevels(network, List.of(0.1, 2.0), 8, false), 3);
      double[][] rows = each.rows();
      rows[3][1] = Double.NaN;
      rows[4][2] = Double.POSITIVE_INFINITY;
      rows[5][0] = 1e200; // beyond float32 in the model's units
      rows[6][0] = 1e30; // its square is
      Answer answer = runtime(each.exported(), rows);
      assertThat(answer.energies[3]).isNaN();
      assertThat(answer.energies[4]).isNaN();
      assertThat(answer.gradients[3]).containsOnly(Double.NaN);
      assertThat(answer.energies[5]).isEqualTo(Float.POSITIVE_INFINITY);
      assertThat(answer.energies[6]).isEqualTo(Float.POSITIVE_INFINITY);
      assertThat(answer.energies[7]).isFinite();
      float[] torch = torch(each, rows);
      for (int row = 3; row < 8; row++) {
        assertThat(torch[row])
            .isCloseTo(answer.energies[row], within(1e-5f * Math.abs(answer.energies[7])));
      }
    }
  }

  @Test
  void anyNumberOfRowsIsABatch() throws OrtException {
    Case each =
        new Case(new NoiseLevels(new Mlp(List.of(4), Activation.SILU), List.of(1.0), 8, false), 3);
    byte[] file = each.exported();
    double[][] rows = each.rows();
    float[] all = runtime(file, rows).energies;
    for (int count : new int[] {1, 2, 7}) {
      float[] few = runtime(file, Arrays.copyOf(rows, count)).energies;
      assertThat(few).hasSize(count);
      for (int i = 0; i < count; i++) {
        assertThat(few[i]).isCloseTo(all[i], within(1e-5f));
      }
    }
  }

  @Test
  void theFileSaysWhatItTakesAndAnswers() throws OrtException {
    Case each = new Case(new Harmonic(1), 4);
    try (RowEnergies open = each.open()) {
      byte[] file = open.written(each.scaling(), false).toOnnx("test", Map.of("key", "wörter"));
      try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file)) {
        assertThat(session.getOutputNames()).containsExactly("energy");
        assertThat(session.getInputInfo().get("rows").getInfo().toString())
            .contains("DOUBLE", "[-1, 4]");
        assertThat(session.getMetadata().getCustomMetadata()).containsEntry("key", "wörter");
        assertThat(session.getMetadata().getProducerName()).isEqualTo("test");
      }
    }
  }

  /** Says nothing of ONNX. */
  record Own() implements AnalyticEnergy {
    @Override
    public Tensor energy(Tensor x) {
      return x.square().sumPerRow();
    }
  }

  private static Stream<Arguments> refused() {
    Energy ackley = new Ackley(20, 0.2, 2 * Math.PI);
    Energy harmonic = new Harmonic(1);
    return Stream.of(
        Arguments.of(new Case(ackley, 3), "an energy of kind ackley cannot be exported"),
        Arguments.of(new Case(new Sum(List.of(harmonic, ackley)), 3), "kind ackley"),
        Arguments.of(new Case(new Own(), 2), "class " + Own.class.getName()));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void anEnergyWithoutSuchAFormIsNamed(Case each, String message) {
    assertThatThrownBy(each::exported)
        .isInstanceOf(OnnxException.class)
        .hasMessageContaining(message);
  }

  /** Written with a slip: half of it is forgotten. */
  record Slip() implements AnalyticEnergy {
    @Override
    public Tensor energy(Tensor x) {
      return x.square().sumPerRow().mul(0.5);
    }

    @Override
    public OnnxValue onnx(OnnxValue x, Weights weights) {
      return x.square().sumPerRow();
    }
  }

  @Test
  void aFormThatIsAnotherEnergyIsNotHandedOut() {
    assertThatThrownBy(() -> new Case(new Slip(), 2).exported())
        .isInstanceOf(OnnxException.class)
        .hasMessageContaining("an energy of class " + Slip.class.getName() + " is ")
        .hasMessageContaining("where its form in ONNX is ")
        .hasMessageContaining("correct its method onnx");
  }

  /** A file's check opens a module: 40 that were left open would hold 60 MB. */
  @Tag("long")
  @Test
  void exportingLeavesNoMemoryBehind() {
    Case each = new Case(new Mlp(List.of(600, 600), Activation.SILU), 3);
    try (RowEnergies open = each.open()) {
      double left =
          NativeMemory.megabytesLeft(
              () -> {
                for (int i = 0; i < 40; i++) {
                  open.written(each.scaling(), false);
                }
              });
      assertThat(left).isLessThan(8);
    }
  }

  @Test
  void wholeNumbersAreWrittenAsProtocolBuffersWriteThem() {
    // The standard's own example, 150 in field 1; a negative number takes ten bytes.
    assertThat(new Message().number(1, 150).toBytes()).containsExactly(0x08, 0x96, 0x01);
    List<Byte> negative = new ArrayList<>();
    for (byte each : new Message().number(1, -1).toBytes()) {
      negative.add(each);
    }
    assertThat(negative).hasSize(11).endsWith((byte) 1);
  }
}
