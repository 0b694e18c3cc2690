package io.ebmspark.spark.score;

import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.ProcessCache;
import io.ebmspark.spark.data.features.FeatureExtractor;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/**
 * The scored rows of a partition with their reasons, computed a batch ahead. Rows that are not to
 * be explained pass through: their numbers are not looked at.
 */
final class ExplainedRows implements Iterator<Row> {
  private static final int BATCH_ROWS = 1024;
  private static final int BATCH_VALUES = 1 << 21;

  private final Iterator<Row> rows;
  private final Format format;
  private final TableScorer.SentModel model;
  private final ModelColumns columns;
  private final double[] raw;
  private final float[] inputs;
  private final Row[] batch;
  private final @Nullable Explanation[] explanations;
  private @Nullable Explainer explainer;
  private int size;
  private int next;

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
    this.rows = rows;
    this.format = format;
    this.model = model;
    this.columns = model.columns();
    int most = Math.max(1, Math.min(BATCH_ROWS, BATCH_VALUES / columns.width()));
    this.raw = new double[format.features().width()];
    this.inputs = new float[most * columns.width()];
    this.batch = new Row[most];
    this.explanations = new Explanation[most];
  }

  @Override
  public boolean hasNext() {
    if (next == size && rows.hasNext()) {
      fill();
    }
    return next < size;
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Row explained = explained(batch[next], explanations[next]);
    next++;
    return explained;
  }

  private void fill() {
    next = 0;
    size = 0;
    int[] which = new int[batch.length];
    int count = 0;
    while (size < batch.length && rows.hasNext()) {
      Row row = rows.next();
      explanations[size] = null;
      if (format.isExplained(row)) {
        format.features().extract(row, raw);
        columns.encode(raw, inputs, count * columns.width());
        which[count++] = size;
      }
      batch[size++] = row;
    }
    if (count > 0) {
      List<Explanation> found = explainer().explain(Arrays.copyOf(inputs, count * columns.width()));
      for (int i = 0; i < count; i++) {
        explanations[which[i]] = found.get(i);
      }
    }
  }

  /** Opened for the first row that is explained. */
  private Explainer explainer() {
    Explainer known = explainer;
    if (known == null) {
      ProcessCache.Lease<RowEnergies> lease = model.energy.open();
      TaskCompletionListener giveBack = done -> lease.close();
      TaskContext.get().addTaskCompletionListener(giveBack);
      known =
          new Explainer(lease.value(), model.baselines(), columns, format.top(), format.expected());
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
