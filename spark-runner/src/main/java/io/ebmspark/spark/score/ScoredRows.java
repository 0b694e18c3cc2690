package io.ebmspark.spark.score;

import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.WrongLengthException;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.jspecify.annotations.Nullable;

/** The rows of a partition with their energies, computed a batch ahead. */
final class ScoredRows extends RowBatches {
  private static final int BATCH_ROWS = 4 * RowEnergies.BLOCK_ROWS;

  /** Wide rows make smaller batches. */
  private static final int BATCH_VALUES = 1 << 22;

  /** The head of an unsafe row of few columns, which says what is null. */
  private static final int BITMAP_BYTES = 8;

  private final RowsToScore format;
  private final RowEncoder encoder;
  private final int[] places;
  private final EnergyPercentiles.Lookup percentiles;
  private final @Nullable Calibration calibration;
  private final RowEnergies energies;

  private final double[] raw;
  private final float[] values;
  private final State[] states;
  private float[] scores = {};

  private final OtherValues others;

  /** Energy, percentile and, where there are any, p-value. */
  private final UnsafeRow added;

  /** What is known of a row before its energy is. */
  private enum State {
    COMPLETE,
    /** A value is missing and not imputed. */
    MISSING,
    /** A value overflows float32 in the model's units. */
    FAR
  }

  ScoredRows(
      Iterator<InternalRow> rows,
      RowsToScore format,
      TableScorer.SentModel model,
      OtherValues others) {
    super(rows, format.schema, batchRows(model.encoder.inputs()));
    this.format = format;
    this.encoder = model.encoder;
    this.places = encoder.inOrder();
    this.percentiles = model.percentiles();
    this.calibration = model.calibration();
    int most = batchRows(encoder.inputs());
    this.raw = new double[encoder.columns()];
    this.values = new float[most * encoder.inputs()];
    this.states = new State[most];
    int columns = calibration == null ? 2 : 3;
    this.added = UnsafeRow.createFromByteArray(BITMAP_BYTES + columns * Double.BYTES, columns);
    this.energies = open(model.energy);
    this.others = others;
  }

  private static int batchRows(int width) {
    return Math.max(1, Math.min(BATCH_ROWS, BATCH_VALUES / width));
  }

  @Override
  void put(InternalRow row, int i) {
    states[i] = encode(row, i * encoder.inputs());
  }

  @Override
  void compute(int size) {
    int filled = size * encoder.inputs();
    scores = energies.energies(filled == values.length ? values : Arrays.copyOf(values, filled));
  }

  @Override
  InternalRow added(InternalRow row, int i) {
    if (states[i] == State.MISSING) {
      for (int column = 0; column < added.numFields(); column++) {
        added.setNullAt(column);
      }
      return added;
    }
    // Nothing is less usual than an overflow, of which NaN and −∞ are forms too.
    boolean isFinite = states[i] == State.COMPLETE && Float.isFinite(scores[i]);
    double energy = isFinite ? scores[i] : Double.POSITIVE_INFINITY;
    added.setDouble(0, energy);
    added.setDouble(1, percentiles.percentile(energy));
    if (calibration != null) {
      added.setDouble(2, calibration.pValue(energy));
    }
    return added;
  }

  /** Converts a row to the model's units. */
  private State encode(InternalRow row, int at) {
    try {
      format.features.extract(row, raw);
    } catch (WrongLengthException e) {
      throw new DataException(
          format.describe(row)
              + " holds an array of length "
              + e.length()
              + ", but the model takes "
              + raw.length
              + "; "
              + SourceSettings.LEAVE_OUT,
          e);
    }
    others.countRow();
    State state = State.COMPLETE;
    for (int i = 0; i < raw.length; i++) {
      if (encoder.isOther(i, raw[i])) {
        others.add(i);
      }
      if (!Double.isFinite(raw[i]) && !encoder.takesMissing(i)) {
        state = missing(row, i, state);
      }
    }
    if (!encoder.encode(raw, places, values, at)) {
      state = state == State.MISSING ? state : State.FAR;
      encoder.zeroNonFinite(values, at);
    }
    return state;
  }

  private State missing(InternalRow row, int i, State before) {
    if (format.missing == MissingValues.ERROR) {
      throw new DataException(
          format.describe(row)
              + " has a missing value in "
              + format.features.name(i)
              + "; "
              + SourceSettings.LEAVE_OUT
              + ", or set missing to drop (energy null) or mean");
    }
    return format.missing == MissingValues.MEAN ? before : State.MISSING;
  }
}
