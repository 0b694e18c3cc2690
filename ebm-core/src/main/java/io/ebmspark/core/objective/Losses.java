package io.ebmspark.core.objective;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Energies;
import io.ebmspark.core.energy.ParameterGradient;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.settings.BadSettingException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What an objective returns for a batch.
 *
 * @param perRow (batch) the loss of each row
 * @param report named values of each row, (batch) each, to be averaged and shown
 * @param chainEnds (batch, …shape) where the chains ended; null where no chain ran
 * @param pullBack the way back to the parameters
 */
public record Losses(
    Tensor perRow, Map<String, Tensor> report, @Nullable Tensor chainEnds, PullBack pullBack) {
  /** What a step's metrics have besides the report (docs/observability.md). */
  public static final Set<String> RESERVED =
      Set.of(
          "event", "gradient_norm", "learning_rate", "loss", "memory", "rows", "seconds", "step");

  /** How the gradient of losses in the parameters is found. */
  @FunctionalInterface
  public interface PullBack {
    /**
     * Adds the gradient of {@code Σ wᵢ·lossᵢ}.
     *
     * @param gradient in the whole vector, which the energy's weights view
     * @param weights (batch) what each row counts for; null if all count 1
     */
    void add(ParameterGradient gradient, @Nullable Tensor weights);
  }

  /**
   * Rejects losses that are not one number for each row, whose sums over parts of a batch would
   * depend on the parts: a mean over the rows, above all. Rejects reports under a name that a
   * step's metrics have.
   *
   * @throws BadSettingException naming the objective, and the shape or the name
   */
  public void require(Batch batch, Objective objective) {
    long[] one = {batch.indices().length};
    requireOnePerRow(perRow, one, objective, "losses");
    report.forEach(
        (name, values) -> {
          if (RESERVED.contains(name)) {
            throw refusal(
                objective, "a report of " + name + ", which metrics have already; rename it");
          }
          requireOnePerRow(values, one, objective, "a report of " + name);
        });
    long[] rows = batch.rows().shape();
    if (chainEnds != null && !Arrays.equals(chainEnds.shape(), rows)) {
      throw refusal(
          objective,
          "ends of chains of the shape "
              + Arrays.toString(chainEnds.shape())
              + ", where the rows have "
              + Arrays.toString(rows));
    }
  }

  private static void requireOnePerRow(
      Tensor values, long[] one, Objective objective, String what) {
    if (!Arrays.equals(values.shape(), one)) {
      throw refusal(
          objective,
          what
              + " of the shape "
              + Arrays.toString(values.shape())
              + "; it must return one number for each row, "
              + Arrays.toString(one));
    }
  }

  private static BadSettingException refusal(Objective objective, String returned) {
    return new BadSettingException(
        "training.objective",
        "is " + objective.getClass().getName() + ", which returns " + returned);
  }

  /** Losses that were computed differentiably in the weights. */
  public Losses(Tensor perRow, Map<String, Tensor> report, @Nullable Tensor chainEnds) {
    this(
        perRow,
        report,
        chainEnds,
        (gradient, weights) -> gradient.addOf(weighted(perRow, weights)));
  }

  /**
   * Losses that are a function of energies: differentiated automatically as far as the energies,
   * and from there to the parameters by the energies' own way.
   *
   * @param loss of all energies, the loss of each row
   */
  static Losses of(Energies energies, UnaryOperator<Tensor> loss, Map<String, Tensor> report) {
    Tensor leaf = energies.perRow().leaf();
    Tensor perRow = loss.apply(leaf);
    return new Losses(
        perRow,
        report,
        null,
        (gradient, weights) -> {
          Tensor slopes = Gradients.of(weighted(perRow, weights), leaf);
          energies.pullBack().add(slopes, gradient);
        });
  }

  /**
   * These and others of the same rows, which ran no chains.
   *
   * @param more reported beside these losses' report, in place of the others'
   */
  Losses plus(Losses other, Map<String, Tensor> more) {
    Map<String, Tensor> both = new LinkedHashMap<>(report);
    both.putAll(more);
    return new Losses(
        perRow.add(other.perRow()),
        both,
        chainEnds,
        (gradient, weights) -> {
          pullBack.add(gradient, weights);
          other.pullBack().add(gradient, weights);
        });
  }

  /**
   * The gradient of {@code Σ wᵢ·lossᵢ} in the parameters.
   *
   * @param parameters the whole vector, which the energy's weights view
   * @param weights (batch) what each row counts for; null if all count 1
   * @return of the shape of {@code parameters}, not differentiable further
   */
  public Tensor gradient(Tensor parameters, @Nullable Tensor weights) {
    return ParameterGradient.of(parameters, gradient -> pullBack.add(gradient, weights));
  }

  /** The gradient of the losses' sum. */
  public Tensor gradient(Tensor parameters) {
    return gradient(parameters, null);
  }

  /**
   * Values times their rows' weights.
   *
   * @param values (batch, …)
   * @param weights (batch); null if all are 1
   */
  static Tensor weighted(Tensor values, @Nullable Tensor weights) {
    return weighted(values, 0, weights);
  }

  /** The same where rows are along some axis. */
  static Tensor weighted(Tensor values, int axis, @Nullable Tensor weights) {
    if (weights == null) {
      return values;
    }
    return values.mul(weights.reshape(Shapes.along(axis, weights.size(0), values.dimension())));
  }

  /** The name in reports for the energy of the data. */
  public static final String DATA_ENERGY = "data_energy";

  /** The name in reports for the energy of the samples. */
  public static final String SAMPLE_ENERGY = "sample_energy";

  /** The name in reports for the Euclidean norm of the chains' end points, in model units. */
  public static final String CHAIN_NORM = "chain_norm";
}
