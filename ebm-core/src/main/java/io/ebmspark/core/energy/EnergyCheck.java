package io.ebmspark.core.energy;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.NativeLibraryException;
import io.ebmspark.core.engine.NotDifferentiableException;
import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.SettingsWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Checks an energy, above all a user's own, before anything is trained on it: one number per row,
 * the same whenever it is asked, rows independent of each other, finite values, differentiable in x
 * and in the parameters, and gradients that are finite and agree with finite differences, across a
 * garbage collection.
 *
 * <p>In double precision, where differences can be believed to many digits; a module from PyTorch
 * that brings numbers of its own in single precision, which libtorch multiplies by no others, is
 * checked in that.
 *
 * <p>Derivatives are compared along unit directions, by central differences of several steps; one
 * that agrees is enough. A rectifier has a kink wherever a unit's input is 0, and a wide or deep
 * network has so many that a long step crosses one; a short one does not. Where a point lies on a
 * kink itself, as when all units of a layer are off and the next layer's biases are 0, no step is
 * short enough, and a nearby point is checked instead.
 */
public final class EnergyCheck {
  private static final int ROWS = 3;
  private static final int RANDOM_DIRECTIONS = 3;

  /**
   * What can be told of an energy that is computed in some precision.
   *
   * @param steps of the central differences, longest first: truncation and kinks call for short
   *     ones
   * @param tolerance largest relative error of a derivative: in double precision one wrong entry of
   *     a million is ten times that
   * @param rounding errors of an energy, relative to its own size and that of its summands
   * @param same largest relative difference of what should be the same
   * @param beside distance to the nearby point: farther than any step
   */
  private record Precision(
      DataType type,
      double[] steps,
      double tolerance,
      double rounding,
      double same,
      double beside) {
    static final Precision DOUBLE =
        new Precision(
            DataType.FLOAT64, new double[] {1e-4, 1e-5, 1e-6, 1e-7}, 1e-4, 2e-15, 1e-6, 1e-3);
    static final Precision SINGLE =
        new Precision(DataType.FLOAT32, new double[] {1e-2, 3e-3, 1e-3}, 1e-2, 1e-6, 1e-4, 3e-2);

    TensorScope open() {
      return TensorScope.open(Device.cpu(), type);
    }
  }

  /** A step whose rounding error exceeds this share of the derivative proves nothing. */
  private static final double MOST_NOISE = 1e-3;

  private static final int POINTS = 3;

  private final Energy energy;
  private final long[] batchShape;
  private final ParameterLayout layout;
  private final double[] parameters;
  private final double[] rows;
  private final Precision precision;

  private EnergyCheck(Energy energy, long[] shape, long seed) {
    this.energy = energy;
    this.batchShape = Shapes.batch(ROWS, shape);
    this.layout = energy.parameters(shape);
    float[] initial = layout.initialise(seed);
    this.parameters = new double[initial.length];
    for (int i = 0; i < initial.length; i++) {
      parameters[i] = initial[i];
    }
    this.rows = direction(Math.toIntExact(Arrays.stream(batchShape).reduce(1, (a, b) -> a * b)), 0);
    this.precision = precision();
  }

  private Precision precision() {
    try (TensorScope scope = Precision.DOUBLE.open()) {
      energies(scope, rows, parameters);
      return Precision.DOUBLE;
    } catch (EngineException e) {
      return Precision.SINGLE; // as in training: if it fails there too, that is said
    }
  }

  /**
   * Checks an energy for rows of a shape.
   *
   * @throws UnfitEnergyException with one sentence on what is wrong
   */
  public static void check(Energy energy, long[] shape, long seed) {
    requireSettled(energy);
    try {
      new EnergyCheck(energy, shape, seed).run();
    } catch (UnfitEnergyException | NativeLibraryException e) {
      throw e;
    } catch (NotDifferentiableException e) {
      throw new UnfitEnergyException(name(energy) + " is not differentiable: " + e.getMessage());
    } catch (RuntimeException e) {
      String message = FirstLine.of(e);
      throw new UnfitEnergyException(
          name(energy) + " fails on rows of shape " + Arrays.toString(shape) + ": " + message, e);
    }
  }

  /** An energy that training rows complete is never completed where another does not hand it on. */
  private static void requireSettled(Energy energy) {
    if (!(energy instanceof Combination whole)) {
      return;
    }
    for (Energy part : whole.parts()) {
      if (part.rowsToSettle() > 0 && energy.rowsToSettle() == 0) {
        throw new UnfitEnergyException(
            "the energy of "
                + SettingsWriter.name(part)
                + " is completed by training rows, and not inside "
                + SettingsWriter.name(energy)
                + "; put the latter around the network inside the former");
      }
      requireSettled(part);
    }
  }

  private static String name(Energy energy) {
    return "the energy " + energy.getClass().getName();
  }

  private void run() {
    try (TensorScope scope = precision.open()) {
      double[] energies = energies(scope, rows, parameters);
      for (int row = 0; row < ROWS; row++) {
        if (!Double.isFinite(energies[row])) {
          throw unfit("is " + energies[row] + " on a row of standard normal values");
        }
      }
      isAFunction(scope, energies);
      rowsAreIndependent(scope, energies);
      oneRowIsABatch(scope, energies);
      energy
          .prepare(weights(scope, parameters))
          .script()
          .ifPresent(script -> scriptAnswers(script, scope, energies));
      for (Derivative derivative : derivatives()) {
        derivativeAgrees(derivative, scope);
      }
      waysBackAgree(scope);
    }
  }

  private Weights weights(TensorScope scope, double[] theta) {
    return Weights.of(layout, scope.upload(theta, theta.length));
  }

  // ---- energies ------------------------------------------------------------------------------

  private double[] energies(TensorScope scope, double[] x, double[] theta) {
    try (TensorScope work = scope.child()) {
      return checked(energy.energy(work.upload(x, batchShape), weights(work, theta)), ROWS)
          .toDoubles();
    }
  }

  private Tensor checked(Tensor energy, long rows) {
    if (!Arrays.equals(energy.shape(), new long[] {rows})) {
      throw unfit(
          "must return one number per row: shape ["
              + rows
              + "] for a batch of "
              + rows
              + ", got "
              + Arrays.toString(energy.shape()));
    }
    return energy;
  }

  /** Asked again, it must answer the same: chains, checkpoints and retried tasks count on it. */
  private void isAFunction(TensorScope scope, double[] energies) {
    double[] again = energies(scope, rows, parameters);
    for (int row = 0; row < ROWS; row++) {
      if (!close(again[row], energies[row])) {
        throw unfit(
            "returns another energy for the same rows when it is asked again, "
                + again[row]
                + " after "
                + energies[row]
                + "; it must draw no random numbers of its own (a module with dropout is saved after"
                + " module.eval())");
      }
    }
  }

  /** Changing one row must not change the energy of another, as batch normalisation would. */
  private void rowsAreIndependent(TensorScope scope, double[] energies) {
    double[] moved = rows.clone();
    int width = rows.length / ROWS;
    for (int i = 0; i < width; i++) {
      moved[i] += 0.5;
    }
    double[] after = energies(scope, moved, parameters);
    for (int row = 1; row < ROWS; row++) {
      if (!close(after[row], energies[row])) {
        throw unfit(
            "lets rows of a batch affect each other (as batch normalisation does): the energy of"
                + " one row changed when another row did");
      }
    }
  }

  /** A shard may hold a single row of a batch: it must be one row still, and have its energy. */
  private void oneRowIsABatch(TensorScope scope, double[] energies) {
    long[] shape = batchShape.clone();
    shape[0] = 1;
    double[] row = Arrays.copyOf(rows, rows.length / ROWS);
    try (TensorScope work = scope.child()) {
      Tensor alone = energy.energy(work.upload(row, shape), weights(work, parameters));
      double found = checked(alone, 1).toDouble();
      if (!close(found, energies[0])) {
        throw unfit(
            "gives a row the energy "
                + found
                + " alone and "
                + energies[0]
                + " beside others; it must not depend on the batch");
      }
    }
  }

  /** Chains follow the energy's program where there is one: it must compute the same energy. */
  private void scriptAnswers(EnergyScript.Compilable script, TensorScope scope, double[] energies) {
    Program program = Program.compile(script.source());
    Tensor x = scope.upload(rows, batchShape);
    double[] scripted = program.call(scope, "energy", x, script.weights()).get(0).toDoubles();
    boolean same = scripted.length == ROWS;
    for (int row = 0; same && row < ROWS; row++) {
      same = close(scripted[row], energies[row]);
    }
    if (!same) {
      throw unfit(
          "has a script that returns the energies "
              + Arrays.toString(scripted)
              + ", where energy() returns "
              + Arrays.toString(energies));
    }
  }

  private boolean close(double a, double b) {
    return Math.abs(a - b) <= precision.same * (1 + Math.abs(a) + Math.abs(b));
  }

  // ---- derivatives ---------------------------------------------------------------------------

  /** A gradient of the batch's total energy as the energy returns it, and with respect to what. */
  private record Derivative(String name, boolean inX, Gradient gradient) {
    interface Gradient {
      double[] at(TensorScope scope, double[] x, double[] theta);
    }
  }

  private List<Derivative> derivatives() {
    List<Derivative> derivatives = new ArrayList<>();
    derivatives.add(
        new Derivative("gradient in x", true, (s, x, theta) -> automatic(s, x, theta, true)));
    derivatives.add(
        new Derivative(
            "own gradient in x",
            true,
            (s, x, theta) ->
                energy.gradient(s.upload(x, batchShape), weights(s, theta)).toDoubles()));
    if (parameters.length > 0) {
      derivatives.add(
          new Derivative(
              "gradient in its parameters", false, (s, x, t) -> automatic(s, x, t, false)));
    }
    derivatives.add(new Derivative("script's gradient in x", true, this::scripted));
    return derivatives;
  }

  private double[] automatic(TensorScope scope, double[] x, double[] theta, boolean inX) {
    Tensor leaf = scope.upload(x, batchShape).leaf();
    Tensor flat = scope.upload(theta, theta.length).leaf();
    Tensor value = checked(energy.energy(leaf, Weights.of(layout, flat)), ROWS);
    // What autograd keeps must be its own memory, not a Java buffer that is collected here.
    System.gc();
    return Gradients.of(value, inX ? leaf : flat).toDoubles();
  }

  /** Empty where the energy has no script. */
  private double[] scripted(TensorScope scope, double[] x, double[] theta) {
    return energy
        .prepare(weights(scope, theta))
        .script()
        .map(
            script ->
                Program.compile(script.source())
                    .call(scope, "gradient", scope.upload(x, batchShape), script.weights())
                    .get(0)
                    .toDoubles())
        .orElse(new double[0]);
  }

  /**
   * Where the two disagree, looks again at a nearby point: if it was only a kink, they agree there.
   */
  private void derivativeAgrees(Derivative derivative, TensorScope scope) {
    Optional<UnfitEnergyException> first = Optional.empty();
    for (int point = 0; point < POINTS; point++) {
      double[] x =
          point == 0 ? rows : moved(rows, direction(rows.length, 100 + point), precision.beside);
      double[] theta =
          point == 0
              ? parameters
              : moved(parameters, direction(parameters.length, 200 + point), precision.beside);
      Optional<UnfitEnergyException> problem = disagreement(derivative, scope, x, theta);
      if (problem.isEmpty()) {
        return;
      }
      first = first.or(() -> problem);
    }
    throw first.orElseThrow();
  }

  /** The first direction along which a gradient disagrees with differences, if any. */
  private Optional<UnfitEnergyException> disagreement(
      Derivative derivative, TensorScope scope, double[] x, double[] theta) {
    double[] at = derivative.inX ? x : theta;
    double[] gradient;
    try (TensorScope work = scope.child()) {
      gradient = derivative.gradient.at(work, x, theta);
    }
    if (gradient.length == 0) {
      return Optional.empty(); // an energy without a script
    }
    if (gradient.length != at.length) {
      return Optional.of(
          unfit(
              "has a "
                  + derivative.name
                  + " of "
                  + gradient.length
                  + " numbers, where there are "
                  + at.length));
    }
    for (double slope : gradient) {
      if (!Double.isFinite(slope)) {
        throw unfit(
            "has a "
                + derivative.name
                + " that is "
                + slope
                + " where its energies are finite, as that of a root is at 0: sqrt(x² + 1e-12) has"
                + " a slope where sqrt(x²) has none");
      }
    }
    // What a random direction sees of a gradient, where the two are not at right angles.
    double typical = norm(gradient) / Math.sqrt(at.length);
    for (int trial = 0; trial <= RANDOM_DIRECTIONS; trial++) {
      // The gradient's own direction is the one along which its length shows.
      double[] direction = trial == 0 ? gradient.clone() : direction(at.length, trial);
      double length = norm(direction);
      if (length == 0) {
        continue;
      }
      double analytic = 0;
      for (int i = 0; i < at.length; i++) {
        direction[i] /= length;
        analytic += gradient[i] * direction[i];
      }
      Line line = step -> along(derivative, scope, x, theta, direction, step);
      OptionalDouble other = otherSlope(line, analytic, typical);
      if (other.isPresent()) {
        return Optional.of(
            unfit(
                String.format(
                    Locale.ROOT,
                    "has a %s that disagrees with finite differences: %.6g along a direction, where"
                        + " differences give %.6g",
                    derivative.name,
                    analytic,
                    other.getAsDouble())));
      }
    }
    return Optional.empty();
  }

  /** The energies of the rows at a distance along a direction. */
  private interface Line {
    double[] at(double distance);
  }

  /**
   * What central differences give in place of a derivative; empty if one of them agrees with it.
   *
   * @param typical size of such derivatives
   */
  private OptionalDouble otherSlope(Line line, double analytic, double typical) {
    double numeric = 0;
    double[] steps = precision.steps;
    for (int i = 0; i < steps.length; i++) {
      double[] above = line.at(steps[i]);
      double[] below = line.at(-steps[i]);
      double found = 0;
      double size = ROWS;
      for (int row = 0; row < ROWS; row++) {
        found += (above[row] - below[row]) / (2 * steps[i]);
        size += Math.abs(above[row]) + Math.abs(below[row]);
      }
      double scale = typical + Math.abs(analytic) + Math.abs(found);
      double noise = precision.rounding * size / steps[i];
      if (i > 0 && noise > MOST_NOISE * scale) {
        break; // and so do all shorter ones
      }
      if (Math.abs(analytic - found) <= precision.tolerance * scale + noise) {
        return OptionalDouble.empty();
      }
      numeric = found;
    }
    return OptionalDouble.of(numeric);
  }

  private double[] along(
      Derivative derivative,
      TensorScope scope,
      double[] x,
      double[] theta,
      double[] direction,
      double step) {
    return derivative.inX
        ? energies(scope, moved(x, direction, step), theta)
        : energies(scope, x, moved(theta, direction, step));
  }

  // ---- ways back to the parameters -----------------------------------------------------------

  /** What an energy writes out for losses made of its derivatives must be what they are. */
  private void waysBackAgree(TensorScope scope) {
    Tensor flat = scope.upload(parameters, parameters.length).leaf();
    Weights weights = Weights.of(layout, flat);
    Tensor x = scope.upload(rows, batchShape);
    Tensor v = scope.upload(direction(rows.length, 300), batchShape);
    if (writes("energies", Tensor.class, Weights.class)) {
      Energies own = energy.energies(x, weights);
      Energies exact = Energies.automatic(energy.energy(x, weights));
      Tensor c = scope.upload(direction(ROWS, 303), ROWS);
      same("energies", own.perRow(), exact.perRow());
      same("energies", own.pullBack(c, flat), exact.pullBack(c, flat));
    }
    if (writes("score", Tensor.class, Weights.class)) {
      Score own = energy.score(x, weights);
      Score exact = Score.automatic(leaf -> energy.energy(leaf, weights), x);
      same("score", own.energies(), exact.energies());
      same("score", own.gradients(), exact.gradients());
      same("score", own.pullBack(v, flat), exact.pullBack(v, flat));
    }
    if (writes("slice", Tensor.class, Tensor.class, Weights.class)) {
      Slice own = energy.slice(x, v, weights);
      Slice exact = Slice.automatic(leaf -> energy.energy(leaf, weights), x, v);
      Tensor a = scope.upload(direction(ROWS, 301), ROWS);
      Tensor b = scope.upload(direction(ROWS, 302), ROWS);
      same("slice", own.energies(), exact.energies());
      same("slice", own.slopes(), exact.slopes());
      same("slice", own.curvatures(), exact.curvatures());
      same("slice", own.pullBack(a, b, flat), exact.pullBack(a, b, flat));
    }
  }

  /** Whether the energy has a method of its own where there is a general one. */
  private boolean writes(String method, Class<?>... parameters) {
    try {
      Class<?> owner = energy.getClass().getMethod(method, parameters).getDeclaringClass();
      return layout.size() > 0 && owner != Energy.class;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  private void same(String what, Tensor own, Tensor exact) {
    double[] one = own.toDoubles();
    double[] other = exact.toDoubles();
    boolean same = one.length == other.length;
    for (int i = 0; same && i < one.length; i++) {
      same = close(one[i], other[i]);
    }
    if (!same) {
      throw unfit("has a " + what + "() of its own that disagrees with automatic differentiation");
    }
  }

  private static double[] moved(double[] at, double[] direction, double step) {
    double[] moved = at.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += step * direction[i];
    }
    return moved;
  }

  private static double norm(double[] values) {
    double squares = 0;
    for (double value : values) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  private UnfitEnergyException unfit(String what) {
    return new UnfitEnergyException(name(energy) + " " + what);
  }

  private static double[] direction(int length, int trial) {
    float[] values = new float[length];
    RandomStream.of(0, Purpose.CHECK, trial).normals(0, 0, values, 0, length);
    double[] wide = new double[length];
    for (int i = 0; i < length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
