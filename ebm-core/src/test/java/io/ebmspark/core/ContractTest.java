package io.ebmspark.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.energy.Ackley;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Composed;
import io.ebmspark.core.energy.Conv;
import io.ebmspark.core.energy.DoubleWell;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.EnergyCheck;
import io.ebmspark.core.energy.EnergyScript;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.energy.GaussianMixture;
import io.ebmspark.core.energy.Graph;
import io.ebmspark.core.energy.Harmonic;
import io.ebmspark.core.energy.Initialised;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Rastrigin;
import io.ebmspark.core.energy.ResidualMlp;
import io.ebmspark.core.energy.Rosenbrock;
import io.ebmspark.core.energy.Scaled;
import io.ebmspark.core.energy.SpectralNorm;
import io.ebmspark.core.energy.Sum;
import io.ebmspark.core.energy.TorchScript;
import io.ebmspark.core.energy.Transformer;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.NativeMemory;
import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.explain.Attribution;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.explain.IntegratedGradients;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.objective.Batch;
import io.ebmspark.core.objective.ContrastiveDivergence;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.objective.EnergyDiscrepancy;
import io.ebmspark.core.objective.ExactScoreMatching;
import io.ebmspark.core.objective.GradientPenalty;
import io.ebmspark.core.objective.HutchinsonScoreMatching;
import io.ebmspark.core.objective.LevelDenoising;
import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.objective.MixedEnergyDiscrepancy;
import io.ebmspark.core.objective.MultiScaleDenoising;
import io.ebmspark.core.objective.NoiseContrastiveEstimation;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.objective.PersistentContrastiveDivergence;
import io.ebmspark.core.objective.Probe;
import io.ebmspark.core.objective.ReplaySettings;
import io.ebmspark.core.objective.ShortRun;
import io.ebmspark.core.objective.SlicedScoreMatching;
import io.ebmspark.core.onnx.OnnxException;
import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.DecoupledLangevin;
import io.ebmspark.core.sampler.GradientDescent;
import io.ebmspark.core.sampler.Hmc;
import io.ebmspark.core.sampler.Langevin;
import io.ebmspark.core.sampler.Mala;
import io.ebmspark.core.sampler.Nesterov;
import io.ebmspark.core.sampler.ReverseDiffusion;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.sampler.StepInfo;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.training.LocalTrainer;
import io.ebmspark.core.training.TrainingSettings;
import io.github.classgraph.ClassGraph;
import io.github.classgraph.ScanResult;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every energy guarantees with every sampler under every objective. */
class ContractTest {
  private static final int ODD = 7;
  private static final Energy MLP = new Mlp(List.of(6, 5), Activation.SILU);

  /** An energy and the shape of its rows. */
  private record Case(Energy energy, long... shape) {
    int width() {
      return (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    long[] batch(int rows) {
      long[] batch = new long[shape.length + 1];
      batch[0] = rows;
      System.arraycopy(shape, 0, batch, 1, shape.length);
      return batch;
    }

    @Override
    public String toString() {
      return energy.getClass().getSimpleName() + Arrays.toString(shape);
    }
  }

  private static List<Case> energies() {
    List<List<Double>> unit = List.of(List.of(1.0, 0.0), List.of(0.0, 1.0));
    return List.of(
        new Case(MLP, 3),
        new Case(new ResidualMlp(5, 2, Activation.SELU), 1),
        new Case(new Conv(List.of(2, 3), List.of(1, 2), 4, Activation.SILU), 1, 5, 3),
        new Case(new Transformer(4, 2, 1, 6, 2, Activation.GELU), 3, 2),
        new Case(new Transformer(4, 2, 1, 6, 2, Activation.GELU), 1, 4, 2),
        new Case(new Graph(2, 4, 2, Activation.SILU), 3, 5),
        new Case(new Gaussian(List.of(0.0, 1.0), unit), 2),
        new Case(
            new GaussianMixture(
                List.of(1.0, 2.0),
                List.of(List.of(0.0, 0.0), List.of(1.0, 1.0)),
                List.of(unit, unit)),
            2),
        new Case(new DoubleWell(2, 1), 2, 2),
        new Case(new Harmonic(1), 4),
        new Case(new Rosenbrock(1, 2), 3),
        new Case(new Ackley(20, 0.2, 2 * Math.PI), 2),
        new Case(new Rastrigin(1), 2),
        new Case(new Sum(List.of(MLP, new Harmonic(0.5))), 3),
        new Case(new Scaled(MLP, 2, true), 3),
        new Case(new Composed(new DoubleWell(2, 1), MLP), 3),
        new Case(new Composed(new Harmonic(2), MLP), 3),
        new Case(new SpectralNorm(MLP, 5), 3),
        new Case(new Initialised(MLP, Initialised.Rule.XAVIER_NORMAL, 1), 3),
        new Case(new NoiseLevels(MLP, List.of(0.2, 1.0), 9, true), 3),
        new Case(brought(), 3));
  }

  private static TorchScript brought() {
    try {
      Path file = Path.of(ContractTest.class.getResource("brought.pt").toURI());
      return new TorchScript(file.toString(), Optional.empty());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Sampler> samplers() {
    Schedule small = Schedule.of(0.01);
    return List.of(
        new Langevin(small, Schedule.of(1)),
        new DecoupledLangevin(small, small, Optional.of(List.of(-3.0, 3.0)), Optional.of(1.0)),
        new Mala(small, Schedule.of(1)),
        new Hmc(Schedule.of(0.05), 3, 1),
        new GradientDescent(small, Optional.empty(), Optional.of(1.0)),
        new Nesterov(small, 0.5, Optional.of(List.of(-3.0, 3.0)), Optional.of(1.0)));
  }

  /** Those that can draw from an energy. */
  private static List<Sampler> samplers(Energy energy) {
    List<Sampler> all = new ArrayList<>(samplers());
    if (energy instanceof NoiseLevels levels) {
      all.add(ReverseDiffusion.over(levels, 7));
    }
    return all;
  }

  private static List<Objective> objectives() {
    List<Objective> objectives = new ArrayList<>();
    for (Sampler sampler : samplers()) {
      objectives.add(new ContrastiveDivergence(2, sampler, 1e-3));
      objectives.add(new ShortRun(2, sampler, 1e-3, StartNoise.NORMAL, 1));
      objectives.add(
          new PersistentContrastiveDivergence(
              2, sampler, 0, new ReplaySettings(20, 0.05, StartNoise.UNIFORM, 1)));
    }
    objectives.add(new DenoisingScoreMatching(Schedule.of(0.3)));
    objectives.add(new MultiScaleDenoising(0.2, 1, 3));
    objectives.add(new ExactScoreMatching(0.1));
    objectives.add(new HutchinsonScoreMatching(2, Probe.RADEMACHER, 0));
    for (Probe probe : Probe.values()) {
      objectives.add(new SlicedScoreMatching(1, probe, 0));
    }
    objectives.add(new LevelDenoising());
    objectives.add(new NoiseContrastiveEstimation(1.5));
    objectives.add(new EnergyDiscrepancy(0.25, 3, 1));
    objectives.add(new MixedEnergyDiscrepancy(0.25, 0.5, 3, 1, List.of()));
    objectives.add(new GradientPenalty(new DenoisingScoreMatching(Schedule.of(0.3)), 0.1));
    return objectives;
  }

  static Stream<Arguments> everyObjectiveOnEveryEnergy() {
    return energies().stream()
        .flatMap(
            c ->
                objectives().stream()
                    .filter(objective -> suits(objective, c.energy))
                    .map(objective -> Arguments.of(c, objective)));
  }

  private static boolean suits(Objective objective, Energy energy) {
    return !(objective instanceof LevelDenoising) || energy instanceof NoiseLevels;
  }

  static Stream<Case> everyEnergy() {
    return energies().stream();
  }

  /** A method missing here has not been tested against the contract. */
  @Test
  void everyMethodIsHere() {
    assertThat(names(energies().stream().map(Case::energy))).isEqualTo(members(Energy.class));
    assertThat(names(samplers(new NoiseLevels(MLP, List.of(0.2, 1.0))).stream()))
        .isEqualTo(members(Sampler.class));
    assertThat(names(objectives().stream())).isEqualTo(members(Objective.class));
  }

  private static Set<String> names(Stream<?> methods) {
    return methods.map(m -> m.getClass().getName()).collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> members(Class<?> family) {
    try (ScanResult scan =
        new ClassGraph()
            .ignoreClassVisibility()
            .acceptPackagesNonRecursive(family.getPackageName())
            .scan()) {
      return scan.getClassesImplementing(family.getName()).stream()
          .filter(info -> info.isRecord() && !info.isInnerClass())
          .map(info -> info.getName())
          .filter(name -> !name.contains("Test"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @ParameterizedTest
  @MethodSource("everyEnergy")
  void energiesPassTheCheckUsersEnergiesGoThrough(Case c) {
    EnergyCheck.check(c.energy, c.shape, 3);
  }

  /** Exporting holds a form against its energy; one that is another energy fails here. */
  @ParameterizedTest
  @MethodSource("everyEnergy")
  void whatCanBeExportedIsTheEnergy(Case c) {
    float[] parameters = c.energy.settled(c.shape).initialise(2);
    try (RowEnergies open = new RowEnergies(c.energy, c.shape, parameters, Device.cpu())) {
      open.written(FeatureScaling.identity(c.width()), true);
    } catch (OnnxException e) {
      assertThat(e).hasMessageContaining("cannot be exported");
    }
  }

  /**
   * Shapes, finite values, one row or an odd number, and values that do not depend on other rows.
   */
  @ParameterizedTest
  @MethodSource("everyObjectiveOnEveryEnergy")
  void lossesKeepTheContract(Case c, Objective objective) {
    ParameterLayout layout = c.energy.parameters(c.shape);
    float[] parameters = layout.initialise(2);
    try (TensorScope scope = TensorScope.open()) {
      Tensor flat = scope.upload(parameters, parameters.length).leaf();
      PreparedEnergy bound = c.energy.prepare(Weights.of(layout, flat));
      Losses many = objective.losses(bound, batch(scope, c, ODD));
      Losses again = objective.losses(bound, batch(scope, c, ODD));
      Losses one = objective.losses(bound, batch(scope, c, 1));
      assertThat(many.perRow().shape()).containsExactly(ODD);
      assertThat(one.perRow().shape()).containsExactly(1);
      for (float value : many.perRow().toFloats()) {
        assertThat(value).isFinite();
      }
      assertThat(again.perRow().toFloats()).isEqualTo(many.perRow().toFloats());
      float alone = one.perRow().toFloats()[0];
      float among = many.perRow().toFloats()[0];
      assertThat(alone).isCloseTo(among, within(1e-4f * (1 + Math.abs(among))));
      many.report().values().forEach(values -> assertThat(values.shape()).containsExactly(ODD));
      if (many.chainEnds() != null) {
        assertThat(many.chainEnds().shape()).isEqualTo(c.batch(ODD));
      }
      assertThat(many.perRow().toString()).contains("float32");
    }
  }

  private static Batch batch(TensorScope scope, Case c, int rows) {
    float[] values = new float[ODD * c.width()];
    RandomStream.of(8, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    long[] indices = {5, 0, 12, 7, 3, 9, 100};
    Tensor data = scope.upload(Arrays.copyOf(values, rows * c.width()), c.batch(rows));
    return new Batch(data, Arrays.copyOf(indices, rows), data.mul(0.5), 3, 4);
  }

  @ParameterizedTest
  @MethodSource("everyEnergy")
  void chainsKeepTheirShapeAndTheirAddress(Case c) {
    ParameterLayout layout = c.energy.parameters(c.shape);
    float[] parameters = layout.initialise(2);
    for (Sampler sampler : samplers(c.energy)) {
      try (TensorScope scope = TensorScope.open()) {
        Tensor flat = scope.upload(parameters, parameters.length);
        PreparedEnergy bound = c.energy.prepare(Weights.of(layout, flat));
        Batch many = batch(scope, c, ODD);
        Batch one = batch(scope, c, 1);
        List<Integer> seen = new ArrayList<>();
        Tensor ends =
            sampler.run(
                bound,
                many.rows(),
                3,
                many.noise(Purpose.CHECK),
                (done, position, info) -> seen.add(done));
        Tensor alone = sampler.run(bound, one.rows(), 3, one.noise(Purpose.CHECK));
        assertThat(seen).containsExactly(1, 2, 3);
        assertThat(ends.shape()).isEqualTo(c.batch(ODD));
        float[] first = Arrays.copyOf(ends.toFloats(), c.width());
        assertThat(alone.toFloats()).as("%s", sampler).containsExactly(first, within(1e-4f));
        for (float value : ends.toFloats()) {
          assertThat(value).isFinite();
        }
      }
    }
  }

  /** An observer called less often sees the same chains, and does not change them. */
  @ParameterizedTest
  @MethodSource("everyEnergy")
  void chainsDoNotDependOnWhoLooks(Case c) {
    ParameterLayout layout = c.energy.parameters(c.shape);
    float[] parameters = layout.initialise(2);
    for (Sampler sampler : samplers(c.energy)) {
      try (TensorScope scope = TensorScope.open()) {
        PreparedEnergy bound =
            c.energy.prepare(Weights.of(layout, scope.upload(parameters, parameters.length)));
        Batch batch = batch(scope, c, ODD);
        ChainNoise noise = batch.noise(Purpose.CHECK);
        Every one = new Every(1);
        Every third = new Every(3);
        float[] watched = sampler.run(bound, batch.rows(), 7, noise, one).toFloats();
        float[] glimpsed = sampler.run(bound, batch.rows(), 7, noise, third).toFloats();
        float[] alone = sampler.run(bound, batch.rows(), 7, noise).toFloats();
        assertThat(watched).as("%s", sampler).isEqualTo(alone);
        assertThat(glimpsed).isEqualTo(alone);
        assertThat(third.after).containsOnlyKeys(3, 6);
        assertThat(third.after.get(6)).isEqualTo(one.after.get(6));
        assertThat(third.accepted.isEmpty()).isEqualTo(!sampler.rejects());
        if (sampler.rejects()) {
          float[] before = batch.rows().toFloats();
          for (int step = 1; step <= 6; step++) {
            assertThat(one.accepted.get(step)).isEqualTo(moved(before, one.after.get(step)));
            before = one.after.get(step);
          }
          for (int chain = 0; chain < ODD; chain++) {
            float sum = 0;
            for (int step = 4; step <= 6; step++) {
              sum += one.accepted.get(step)[chain];
            }
            assertThat(third.accepted.get(6)[chain]).isEqualTo(sum);
          }
          Tensor last = scope.upload(one.after.get(6), c.batch(ODD));
          float[] energies = bound.value(last).toFloats();
          assertThat(third.energy.get(6)).containsExactly(energies, within(1e-4f));
          assertThat(third.energy.get(6)).isEqualTo(one.energy.get(6));
        }
      }
    }
  }

  /** One for each chain that is not where it was. */
  private static float[] moved(float[] before, float[] after) {
    int width = before.length / ODD;
    float[] moved = new float[ODD];
    for (int i = 0; i < before.length; i++) {
      moved[i / width] = before[i] != after[i] ? 1 : moved[i / width];
    }
    return moved;
  }

  /** Keeps what it sees of every n-th step. */
  private static final class Every implements Sampler.Observer {
    final Map<Integer, float[]> after = new HashMap<>();
    final Map<Integer, float[]> accepted = new HashMap<>();
    final Map<Integer, float[]> energy = new HashMap<>();
    private final int n;

    Every(int n) {
      this.n = n;
    }

    @Override
    public int next(int done) {
      return done + n;
    }

    @Override
    public void onStep(int done, Tensor position, StepInfo info) {
      after.put(done, position.toFloats());
      info.accepted().ifPresent(each -> accepted.put(done, each.toFloats()));
      info.energy().ifPresent(each -> energy.put(done, each.toFloats()));
    }
  }

  /** Chains in native code, many steps per call, equal those run step by step. */
  @ParameterizedTest
  @MethodSource("everyEnergy")
  void nativeChainsAreTheChains(Case c) {
    ParameterLayout layout = c.energy.parameters(c.shape);
    float[] parameters = layout.initialise(2);
    for (Sampler sampler : samplers()) {
      try (TensorScope scope = TensorScope.open()) {
        Weights weights = Weights.of(layout, scope.upload(parameters, parameters.length));
        Batch batch = batch(scope, c, ODD);
        ChainNoise noise = batch.noise(Purpose.CHECK);
        PreparedEnergy scripted = c.energy.prepare(weights);
        PreparedEnergy plain = new Unscripted(c.energy).prepare(weights);
        float[] at = sampler.run(scripted, batch.rows(), 5, noise).toFloats();
        float[] by = sampler.run(plain, batch.rows(), 5, noise).toFloats();
        assertThat(at).as("%s", sampler).containsExactly(by, within(1e-4f));
        // The control: other noise leads elsewhere.
        if (sampler.temperature() > 0) {
          float[] other =
              sampler.run(scripted, batch.rows(), 5, batch.noise(Purpose.SAMPLING)).toFloats();
          assertThat(Arrays.equals(at, other)).isFalse();
        }
      }
    }
  }

  /** An energy without its program. */
  private record Unscripted(Energy energy) implements Energy {
    @Override
    public Tensor energy(Tensor x, Weights weights) {
      return energy.energy(x, weights);
    }
  }

  /** What is given as a program is the energy and its gradient. */
  @ParameterizedTest
  @MethodSource("everyEnergy")
  void scriptsAreTheEnergyAndItsGradient(Case c) {
    ParameterLayout layout = c.energy.parameters(c.shape);
    float[] parameters = layout.initialise(2);
    try (TensorScope scope = TensorScope.open()) {
      Weights weights = Weights.of(layout, scope.upload(parameters, parameters.length));
      Optional<EnergyScript.Compilable> script = c.energy.prepare(weights).script();
      boolean expected =
          (c.energy instanceof Composed mix && mix.first() instanceof Harmonic)
              || Stream.of(
                      Mlp.class,
                      Transformer.class,
                      Harmonic.class,
                      Gaussian.class,
                      Sum.class,
                      Scaled.class,
                      SpectralNorm.class,
                      Initialised.class)
                  .anyMatch(kind -> kind.isInstance(c.energy));
      assertThat(script.isPresent()).isEqualTo(expected);
      if (script.isEmpty()) {
        return;
      }
      Tensor x = batch(scope, c, ODD).rows();
      Tensor leaf = x.leaf();
      float[] truth = Gradients.of(c.energy.energy(leaf, weights), leaf).toFloats();
      Program program = Program.compile(script.get().source());
      List<Tensor> p = script.get().weights();
      float[] gradient = program.call(scope, "gradient", x, p).get(0).toFloats();
      float[] energy = program.call(scope, "energy", x, p).get(0).toFloats();
      assertThat(gradient).containsExactly(truth, within(1e-5f));
      assertThat(energy).containsExactly(c.energy.energy(x, weights).toFloats(), within(1e-5f));
      assertThat(c.energy.gradient(x, weights).toFloats()).containsExactly(truth, within(1e-5f));
    }
  }

  /** What values add to an energy adds up, whatever kind it is; a row's reasons are its own. */
  @ParameterizedTest
  @MethodSource("everyEnergy")
  void contributionsAddUpWhateverTheCompany(Case c) {
    int width = c.width();
    float[] values = new float[(ODD + 2) * width];
    RandomStream.of(8, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    Baselines baselines = new Baselines(Arrays.copyOf(values, 2 * width), new float[width], width);
    float[] rows = Arrays.copyOfRange(values, 2 * width, values.length);
    float[] fresh = c.energy.parameters(c.shape).initialise(2);
    float[] parameters = c.energy.settle(fresh, values, c.shape);
    try (RowEnergies open = new RowEnergies(c.energy, c.shape, parameters, Device.cpu())) {
      IntegratedGradients gradients = new IntegratedGradients(open, baselines);
      Attribution[] found = gradients.of(rows);
      float[] energies = open.energies(rows);
      float[] usual = open.energies(baselines.rows());
      double largest = 0;
      for (int i = 0; i < ODD; i++) {
        double difference = (double) energies[i] - usual[found[i].baseline()];
        double sum = Arrays.stream(found[i].contributions()).sum();
        double size = Arrays.stream(found[i].contributions()).map(Math::abs).sum();
        double noise = 2e-5 * (Math.abs(energies[i]) + Math.abs(difference) + size);
        // The gradient of SELU jumps, which no number of points follows exactly.
        double share = found[i].points() < IntegratedGradients.MOST_POINTS ? 1e-3 : 3e-2;
        assertThat(sum).isCloseTo(difference, within(share * Math.abs(difference) + noise));
        assertThat(found[i].unexplained()).isCloseTo(difference - sum, within(noise));
        largest = Math.max(largest, size);
        float[] row = Arrays.copyOfRange(rows, i * width, (i + 1) * width);
        Attribution alone = gradients.of(row)[0];
        assertThat(alone.contributions()).isEqualTo(found[i].contributions());
        assertThat(alone.unexplained()).isEqualTo(found[i].unexplained());
      }
      assertThat(largest).as("of what is added up").isGreaterThan(1e-3);
    }
  }

  /** Permuting a graph's nodes, with their rows and columns of the adjacency, changes nothing. */
  @Test
  void graphEnergyDoesNotSeeTheOrderOfNodes() {
    Energy graph = new Graph(2, 8, 3, Activation.SILU);
    Case c = new Case(new Initialised(graph, Initialised.Rule.KAIMING_NORMAL, 2), 5, 7);
    ParameterLayout layout = c.energy.parameters(c.shape);
    float[] rows = new float[35];
    RandomStream.of(1, Purpose.CHECK, 0).normals(0, 0, rows, 0, 35);
    int[] order = {3, 0, 4, 1, 2};
    float[] permuted = new float[35];
    float[] half = rows.clone();
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 7; j++) {
        int from = j < 2 ? j : 2 + order[j - 2];
        permuted[i * 7 + j] = rows[order[i] * 7 + from];
        half[i * 7 + j] = rows[order[i] * 7 + j];
      }
    }
    try (TensorScope scope = TensorScope.open()) {
      Weights weights = Weights.of(layout, scope.upload(layout.initialise(1), layout.size()));
      double plain = c.energy.energy(scope.upload(rows, c.batch(1)), weights).toDouble();
      double other = c.energy.energy(scope.upload(permuted, c.batch(1)), weights).toDouble();
      double wrong = c.energy.energy(scope.upload(half, c.batch(1)), weights).toDouble();
      assertThat(other).isCloseTo(plain, within(1e-5 * (1 + Math.abs(plain))));
      // The control: permuting the nodes without their columns does change it.
      assertThat(Math.abs(wrong - plain)).isGreaterThan(1e-4);
    }
  }

  /** A normalised network is 1-Lipschitz if its activation is. */
  @Test
  void spectralNormBoundsTheSlope() {
    Energy plain = kaiming(4);
    Energy bounded = new SpectralNorm(plain, 60);
    Energy small = kaiming(1e-5);
    ParameterLayout layout = plain.parameters(4);
    float[] values = new float[400];
    RandomStream.of(1, Purpose.CHECK, 0).normals(0, 0, values, 0, 400);
    try (TensorScope scope = TensorScope.open()) {
      Weights weights = Weights.of(layout, scope.upload(layout.initialise(1), layout.size()));
      Tensor x = scope.upload(values, 100, 4);
      double steepest = steepest(bounded.gradient(x, weights));
      assertThat(steepest).isLessThanOrEqualTo(1.001);
      assertThat(steepest(plain.gradient(x, weights))).isGreaterThan(2);
      // Weights of any size are divided by their own norm: those of weight decay may become small.
      Weights tiny =
          Weights.of(layout, scope.upload(small.parameters(4).initialise(1), layout.size()));
      assertThat(steepest(small.gradient(x, tiny))).isLessThan(1e-9);
      assertThat(steepest(bounded.gradient(x, tiny))).isCloseTo(steepest, within(1e-3));
    }
  }

  private static Energy kaiming(double gain) {
    return new Initialised(
        new Mlp(List.of(32, 32), Activation.TANH), Initialised.Rule.KAIMING_NORMAL, gain);
  }

  private static double steepest(Tensor gradient) {
    return gradient.square().sumPerRow().sqrt().max(0).toDouble();
  }

  private static final int MANY = 8_192;

  /** Steps of the objectives that build the largest graphs, in flat memory. */
  @Tag("long")
  @Test
  void memoryStaysFlat() {
    float[] values = new float[3 * MANY];
    RandomStream.of(1, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    List<RowBlock> rows = List.of(new RowBlock(0, 3, values));
    Objective sliced = new SlicedScoreMatching(1, Probe.RADEMACHER, 0);
    Objective exact = new ContrastiveDivergence(2, new Hmc(Schedule.of(0.05), 2, 1), 0);
    Objective inOneCall =
        new ContrastiveDivergence(2, new Mala(Schedule.of(0.05), Schedule.of(1)), 0);
    for (Objective objective : List.of(sliced, exact, inOneCall)) {
      double left = NativeMemory.megabytesLeft(() -> train(objective, rows, STEPS));
      assertThat(left).as("%s", objective).isLessThan(LIMIT);
    }
    // The control: a leak of one tensor of (8192, 16) a step is 17 MB.
    try (TensorScope forgotten = TensorScope.open()) {
      Objective leaks = new Leaking(sliced, forgotten);
      assertThat(NativeMemory.megabytesLeft(() -> train(leaks, rows, STEPS))).isGreaterThan(LIMIT);
    }
  }

  private static final int STEPS = 32;

  /** Megabytes that these steps may leave behind. */
  private static final double LIMIT = 8;

  /** An objective that leaks one tensor per step. */
  private record Leaking(Objective objective, TensorScope forgotten) implements Objective {
    @Override
    public double temperature() {
      return objective.temperature();
    }

    @Override
    public Losses losses(PreparedEnergy energy, Batch batch) {
      forgotten.full(1, MANY, 16);
      return objective.losses(energy, batch);
    }
  }

  private static void train(Objective objective, List<RowBlock> rows, long steps) {
    TrainingSettings settings =
        new TrainingSettings(
            objective,
            new Adam(0.9, 0.999, 1e-8),
            Schedule.of(1e-4),
            steps,
            MANY,
            1,
            Optional.empty(),
            0,
            MANY,
            1);
    LocalTrainer.train(new SpectralNorm(MLP, 3), new long[] {3}, settings, rows, m -> {});
  }
}
