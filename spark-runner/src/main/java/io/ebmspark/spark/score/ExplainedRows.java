package io.ebmspark.spark.score;

import io.ebmspark.spark.data.features.FeatureExtractor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * The scored rows of a partition with their reasons, computed a batch ahead. Rows that are not to
 * be explained pass through: their numbers are not looked at.
 */
final class ExplainedRows extends RowBatches {
  private static final int BATCH_ROWS = 1024;
  private static final int BATCH_VALUES = 1 << 21;
  private static final InternalRow NONE = new GenericInternalRow(2);

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
   * @param schema of the scored table, and of features computed from it, which come last
   * @param energy the place of the energy
   * @param flag the place of the flag; −1 where all rows are explained
   */
  record Format(
      FeatureExtractor features, StructType schema, int energy, int flag, int top, boolean expected)
      implements java.io.Serializable {
    boolean isExplained(InternalRow row) {
      return !row.isNullAt(energy) && (flag < 0 || (!row.isNullAt(flag) && row.getBoolean(flag)));
    }
  }

  ExplainedRows(Iterator<InternalRow> rows, Format format, TableScorer.SentModel model) {
    super(rows, format.schema(), batchRows(model.columns().width()));
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
  void put(InternalRow row, int i) {
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
  InternalRow added(InternalRow row, int i) {
    Explanation explanation = explanations[i];
    if (explanation == null) {
      return NONE;
    }
    Object[] reasons = explanation.reasons().stream().map(reason -> reason(row, reason)).toArray();
    double energy = row.getDouble(format.energy());
    return new GenericInternalRow(
        new Object[] {
          new GenericArrayData(reasons),
          Double.isInfinite(energy) ? energy : explanation.unexplained()
        });
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

  private InternalRow reason(InternalRow row, Explanation.Reason reason) {
    List<@Nullable Object> cells = new ArrayList<>();
    cells.add(UTF8String.fromString(columns.name(reason.column())));
    cells.add(reason.contribution());
    cells.add(UTF8String.fromString(format.features().text(row, reason.column())));
    cells.add(UTF8String.fromString(reason.baseline()));
    if (format.expected()) {
      cells.add(UTF8String.fromString(reason.expected()));
    }
    return new GenericInternalRow(cells.toArray());
  }
}
