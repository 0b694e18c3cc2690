package io.ebmspark.spark.score;

import io.ebmspark.core.explain.Alternatives;
import io.ebmspark.core.explain.Attribution;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.explain.IntegratedGradients;
import io.ebmspark.core.model.RowEnergies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Explains rows in terms of the table's columns: integrated gradients from the nearest usual row,
 * summed over the inputs that a column makes. Not for several threads at once.
 */
public final class Explainer {
  private final ModelColumns columns;
  private final Baselines baselines;
  private final int top;
  private final IntegratedGradients gradients;
  private final @Nullable Alternatives alternatives;

  /**
   * An explainer.
   *
   * @param top how many reasons are given
   * @param expected whether the expected value of the first is
   */
  public Explainer(
      RowEnergies energy, Baselines baselines, ModelColumns columns, int top, boolean expected) {
    this.columns = columns;
    this.baselines = baselines;
    this.top = top;
    this.gradients = new IntegratedGradients(energy, baselines);
    this.alternatives = expected ? new Alternatives(energy) : null;
  }

  /**
   * Explains rows.
   *
   * @param inputs packed row-major, in the model's units, all finite
   */
  public List<Explanation> explain(float[] inputs) {
    List<Explanation> explanations = new ArrayList<>();
    Attribution[] found = gradients.of(inputs);
    for (int i = 0; i < found.length; i++) {
      explanations.add(explanation(found[i], inputs, i * columns.width()));
    }
    return explanations;
  }

  private Explanation explanation(Attribution found, float[] inputs, int at) {
    double[] totals = new double[columns.size()];
    for (int column = 0; column < totals.length; column++) {
      int from = columns.first(column);
      for (int i = from; i < from + columns.count(column); i++) {
        totals[column] += found.contributions()[i];
      }
    }
    int[] largest =
        IntStream.range(0, totals.length)
            .boxed()
            .sorted(
                Comparator.comparingDouble((Integer column) -> Math.abs(totals[column])).reversed())
            .limit(top)
            .mapToInt(Integer::intValue)
            .toArray();
    List<Explanation.Reason> reasons = new ArrayList<>();
    for (int column : largest) {
      reasons.add(
          new Explanation.Reason(
              column,
              totals[column],
              columns.decode(column, baselines.rows(), found.baseline() * columns.width()),
              reasons.isEmpty() ? expected(column, inputs, at) : null));
    }
    return new Explanation(reasons, found.unexplained());
  }

  private @Nullable String expected(int column, float[] inputs, int at) {
    if (alternatives == null) {
      return null;
    }
    int width = columns.width();
    float[] row = Arrays.copyOfRange(inputs, at, at + width);
    int first = columns.first(column);
    int count = columns.count(column);
    if (count == 1) {
      float[] grid = baselines.grid(first);
      row[first] =
          columns.isWhole(column)
              ? grid[alternatives.best(row, first, 1, grid)]
              : alternatives.best(row, first, grid);
    } else {
      float[] usual = new float[baselines.size() * count];
      for (int b = 0; b < baselines.size(); b++) {
        System.arraycopy(baselines.rows(), b * width + first, usual, b * count, count);
      }
      int best = alternatives.best(row, first, count, usual);
      System.arraycopy(usual, best * count, row, first, count);
    }
    return columns.decode(column, row, 0);
  }
}
