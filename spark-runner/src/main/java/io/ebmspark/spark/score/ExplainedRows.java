package io.ebmspark.spark.score;

import io.ebmspark.spark.data.features.FeatureExtractor;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;

/**
 * The scored rows of a partition with their reasons, computed a batch ahead. Rows that are not to
 * be explained pass through: their numbers are not looked at.
 */
final class ExplainedRows extends RowBatches {
  private static final int BATCH_ROWS = 1024;
  private static final int BATCH_VALUES = 1 << 21;

  private final Format format;
  private final TableScorer.SentModel model;
  private final ModelColumns columns;
  private final double[] raw;
  private final float[] inputs;
  private final @Nullable Explanation[] explanations;
  private final int[] explained;
  private @Nullable Explainer explainer;
  private int count;

  /**
   * What tasks need to know of the rows.
   *
   * @param columns the number of the scored table's columns, which come before the features
   * @param energy the place of the energy
   * @param flag the place of the flag; −1 where all rows are explained
   */
  record Format(
      FeatureExtractor features, int columns, int energy, int flag, int top, boolean expected)
      implements java.io.Serializable {
    boolean isExplained(Row row) {
      return !row.isNullAt(energy) && (flag < 0 || (!row.isNullAt(flag) && row.getBoolean(flag)));
    }
  }

  ExplainedRows(Iterator<Row> rows, Format format, TableScorer.SentModel model) {
    super(rows, batchRows(model.columns().width()));
    this.format = format;
    this.model = model;
    this.columns = model.columns();
    int most = batchRows(columns.width());
    this.raw = new double[format.features().width()];
    this.inputs = new float[most * columns.width()];
    this.explanations = new Explanation[most];
    this.explained = new int[most];
  }

  private static int batchRows(int width) {
    return Math.max(1, Math.min(BATCH_ROWS, BATCH_VALUES / width));
  }

  @Override
  void put(Row row, int i) {
    explanations[i] = null;
    if (format.isExplained(row)) {
      format.features().extract(row, raw);
      columns.encode(raw, inputs, count * columns.width());
      explained[count++] = i;
    }
  }

  @Override
  void compute(int size) {
    if (count > 0) {
      List<Explanation> found = explainer().explain(Arrays.copyOf(inputs, count * columns.width()));
      for (int i = 0; i < count; i++) {
        explanations[explained[i]] = found.get(i);
      }
    }
    count = 0;
  }

  @Override
  Row finished(Row row, int i) {
    return explained(row, explanations[i]);
  }

  /** Opened for the first row that is explained. */
  private Explainer explainer() {
    Explainer known = explainer;
    if (known == null) {
      known =
          new Explainer(
              open(model.energy), model.baselines(), columns, format.top(), format.expected());
      explainer = known;
    }
    return known;
  }

  private Row explained(Row row, @Nullable Explanation explanation) {
    Object[] cells = new Object[format.columns() + 2];
    for (int i = 0; i < format.columns(); i++) {
      cells[i] = row.get(i);
    }
    if (explanation != null) {
      Object[] reasons = new Object[explanation.reasons().size()];
      for (int i = 0; i < reasons.length; i++) {
        reasons[i] = reason(row, explanation.reasons().get(i));
      }
      cells[format.columns()] = reasons;
      double energy = row.getDouble(format.energy());
      cells[format.columns() + 1] = Double.isInfinite(energy) ? energy : explanation.unexplained();
    }
    return RowFactory.create(cells);
  }

  private Row reason(Row row, Explanation.Reason reason) {
    String name = columns.name(reason.column());
    String value = format.features().text(row, reason.column());
    return format.expected()
        ? RowFactory.create(
            name, reason.contribution(), value, reason.baseline(), reason.expected())
        : RowFactory.create(name, reason.contribution(), value, reason.baseline());
  }
}
