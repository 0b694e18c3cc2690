package io.ebmspark.core.energy;

import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.onnx.OnnxException;
import io.ebmspark.core.onnx.OnnxValue;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * An energy prepared at its weights: a function of x alone, to be evaluated many times. Whatever
 * can be computed once (a covariance's inverse, a weight's norm, a program's text) is, in memory
 * that belongs to the weights' scope.
 *
 * <p>{@link Energy#prepare} makes one. Threads may share one; each passes an x of its own.
 */
public abstract class PreparedEnergy {
  private final TensorScope scope;
  private final Supplier<Optional<EnergyScript.Compilable>> compilable =
      once(() -> EnergyScript.of(this));

  /** An energy whose own tensors live in {@code scope}. */
  protected PreparedEnergy(TensorScope scope) {
    this.scope = scope;
  }

  /** The scope the weights live in, and what was computed from them. */
  public final TensorScope scope() {
    return scope;
  }

  /**
   * The energy of each row, differentiable in x and in the weights.
   *
   * @param x (batch, …shape)
   * @return (batch)
   */
  public abstract Tensor at(Tensor x);

  /**
   * The energy of each row, with no graph to the weights recorded: for samplers and scores.
   *
   * @param x (batch, …shape)
   * @return (batch)
   */
  public abstract Tensor value(Tensor x);

  /**
   * The gradient of each row's energy with respect to the row; see {@link Energy#gradient}. By
   * automatic differentiation of {@link #value}, unless overridden.
   */
  public Tensor gradient(Tensor x) {
    return automatic(this::value, x);
  }

  /** Energies, and the way back to the parameters; see {@link Energies}. */
  public Energies energies(Tensor x) {
    return Energies.automatic(at(x));
  }

  /** Energies, gradients in x, and the way back to the parameters; see {@link Score}. */
  public Score score(Tensor x) {
    return Score.automatic(this::at, x);
  }

  /**
   * Energies and two derivatives along v, and the way back to the parameters; see {@link Slice}.
   */
  public Slice slice(Tensor x, Tensor v) {
    return Slice.automatic(this::at, x, v);
  }

  /**
   * The energy whose density rows are drawn from: this one, unless it only ranks rows and says
   * otherwise.
   */
  public PreparedEnergy density() {
    return this;
  }

  /** The energy as expressions of a program; none, unless overridden. See {@link Energy#script}. */
  protected Optional<EnergyScript.Expressions> script(EnergyScript script) {
    return Optional.empty();
  }

  /** The energy written in ONNX; refused, unless overridden. See {@link Energy#onnx}. */
  public OnnxValue onnx(OnnxValue x) {
    throw OnnxException.noForm("class " + getClass().getName().replaceFirst("\\$.*", ""));
  }

  /** The energy as a program's source, if it has one; see {@link EnergyScript}. */
  public final Optional<EnergyScript.Compilable> script() {
    return compilable.get();
  }

  /** The gradient of a sum of energies with respect to x, in x's scope. */
  static Tensor automatic(UnaryOperator<Tensor> energy, Tensor x) {
    try (TensorScope work = x.scope().child()) {
      Tensor leaf = x.in(work).leaf();
      return Gradients.of(energy.apply(leaf), leaf).moveTo(x.scope());
    }
  }

  /** Computes something when it is first needed, on whichever thread. */
  static <T> Supplier<T> once(Supplier<T> work) {
    return new Supplier<>() {
      private volatile Optional<T> known = Optional.empty();

      @Override
      public T get() {
        Optional<T> found = known;
        if (found.isEmpty()) {
          synchronized (this) {
            found = known.isEmpty() ? Optional.of(work.get()) : known;
            known = found;
          }
        }
        return found.get();
      }
    };
  }

  /** An energy as it is written, with nothing precomputed. */
  static PreparedEnergy asWritten(Energy energy, Weights weights) {
    Weights frozen = weights.detached();
    return new PreparedEnergy(weights.scope()) {
      @Override
      public Tensor at(Tensor x) {
        return energy.energy(x, weights.in(x.scope()));
      }

      @Override
      public Tensor value(Tensor x) {
        return energy.energy(x, frozen.in(x.scope()));
      }

      @Override
      public Tensor gradient(Tensor x) {
        return energy.gradient(x, frozen.in(x.scope()));
      }

      @Override
      public Energies energies(Tensor x) {
        return energy.energies(x, weights.in(x.scope()));
      }

      @Override
      public Score score(Tensor x) {
        return energy.score(x, weights.in(x.scope()));
      }

      @Override
      public Slice slice(Tensor x, Tensor v) {
        return energy.slice(x, v, weights.in(x.scope()));
      }

      @Override
      protected Optional<EnergyScript.Expressions> script(EnergyScript script) {
        return energy.script(script, frozen);
      }

      @Override
      public OnnxValue onnx(OnnxValue x) {
        return energy.onnx(x, frozen);
      }
    };
  }
}
