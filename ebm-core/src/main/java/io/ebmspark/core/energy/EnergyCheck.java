package io.ebmspark.core.energy;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.NotDifferentiableException;
import io.ebmspark.core.engine.Program;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import java.util.Arrays;
import java.util.Locale;

/**
 * Checks an energy, above all a user's own, before anything is trained on it: one number a row,
 * rows that do not see each other, finite, differentiable in x and in what is learnt, and gradients
 * that agree with finite differences, in double precision and with a garbage collection in between.
 */
public final class EnergyCheck {
  private static final int ROWS = 3;
  private static final double STEP = 1e-4;
  private static final double TOLERANCE = 1e-4;

  private final Energy energy;
  private final long[] batchShape;
  private final ParameterLayout layout;
  private final double[] parameters;
  private final double[] rows;

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
  }

  /**
   * Checks an energy for rows of a shape.
   *
   * @throws UnfitEnergyException with one sentence on what is wrong
   */
  public static void check(Energy energy, long[] shape, long seed) {
    try {
      new EnergyCheck(energy, shape, seed).run();
    } catch (UnfitEnergyException e) {
      throw e;
    } catch (NotDifferentiableException e) {
      throw new UnfitEnergyException(name(energy) + " is not differentiable: " + e.getMessage());
    } catch (RuntimeException e) {
      String message = FirstLine.of(e);
      throw new UnfitEnergyException(
          name(energy) + " fails on rows of shape " + Arrays.toString(shape) + ": " + message, e);
    }
  }

  private static String name(Energy energy) {
    return "the energy " + energy.getClass().getName();
  }

  private void run() {
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      double[] energies = energies(scope, rows, parameters);
      for (int row = 0; row < ROWS; row++) {
        if (!Double.isFinite(energies[row])) {
          throw unfit("is " + energies[row] + " on a row of standard normal values");
        }
      }
      rowsAreIndependent(scope, energies);
      Tensor x = scope.upload(rows, batchShape).leaf();
      Tensor flat = scope.upload(parameters, parameters.length).leaf();
      Weights weights = Weights.of(layout, flat);
      Tensor energy = checked(this.energy.energy(x, weights));
      // What autograd kept must be owned by it, not by a Java buffer that is collected here.
      System.gc();
      agrees("gradient in x", scope, Gradients.of(energy, x).toDoubles(), true);
      agrees("own gradient in x", scope, this.energy.gradient(x, weights).toDoubles(), true);
      if (parameters.length > 0) {
        agrees("gradient in its parameters", scope, Gradients.of(energy, flat).toDoubles(), false);
      }
      EnergyScript.of(this.energy, weights)
          .ifPresent(script -> scriptAgrees(script, scope, energies));
    }
  }

  /** Chains follow the program of an energy that has one: it must be the same energy. */
  private void scriptAgrees(EnergyScript.Compilable script, TensorScope scope, double[] energies) {
    Program program = Program.compile(script.source());
    Tensor x = scope.upload(rows, batchShape);
    double[] scripted = program.call(scope, "energy", x, script.weights()).get(0).toDoubles();
    if (scripted.length != ROWS || !close(scripted[0], energies[0])) {
      throw unfit(
          "has a script that answers "
              + scripted.length
              + " energies, the first "
              + scripted[0]
              + ", where energy() answers "
              + ROWS
              + ", the first "
              + energies[0]);
    }
    double[] gradient = program.call(scope, "gradient", x, script.weights()).get(0).toDoubles();
    agrees("script's gradient in x", scope, gradient, true);
  }

  private Tensor checked(Tensor energy) {
    if (!Arrays.equals(energy.shape(), new long[] {ROWS})) {
      throw unfit(
          "must answer one number a row: shape ["
              + ROWS
              + "] for a batch of "
              + ROWS
              + ", got "
              + Arrays.toString(energy.shape()));
    }
    return energy;
  }

  private double[] energies(TensorScope scope, double[] x, double[] theta) {
    try (TensorScope work = scope.child()) {
      Weights weights = Weights.of(layout, work.upload(theta, theta.length));
      return checked(energy.energy(work.upload(x, batchShape), weights)).toDoubles();
    }
  }

  /** Moving one row must not move the energy of another, as batch normalisation would. */
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
            "lets rows of a batch see each other (as batch normalisation does): the energy of one"
                + " row changed when another row was moved");
      }
    }
  }

  /** Compares directional derivatives, along a few directions. */
  private void agrees(String what, TensorScope scope, double[] gradient, boolean inX) {
    double[] at = inX ? rows : parameters;
    for (int trial = 1; trial <= 3; trial++) {
      double[] direction = direction(at.length, trial);
      double analytic = 0;
      for (int i = 0; i < at.length; i++) {
        analytic += gradient[i] * direction[i];
      }
      double numeric = (total(scope, at, direction, inX, 1) - total(scope, at, direction, inX, -1));
      numeric /= 2 * STEP;
      if (!close(analytic, numeric)) {
        throw unfit(
            String.format(
                Locale.ROOT,
                "has a %s that disagrees with finite differences: %.6g along a direction, where"
                    + " differences give %.6g",
                what,
                analytic,
                numeric));
      }
    }
  }

  private double total(TensorScope scope, double[] at, double[] direction, boolean inX, int sign) {
    double[] moved = at.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += sign * STEP * direction[i];
    }
    double[] energies = inX ? energies(scope, moved, parameters) : energies(scope, rows, moved);
    return Arrays.stream(energies).sum();
  }

  private static boolean close(double a, double b) {
    return Math.abs(a - b) <= TOLERANCE * (1 + Math.abs(a) + Math.abs(b));
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
