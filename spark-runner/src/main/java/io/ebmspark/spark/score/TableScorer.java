package io.ebmspark.spark.score;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.TaskDevice;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.FeatureExtractor;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.WrongLengthException;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.SentModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/** Adds its energy, and the percentile of that energy among the training rows, to every row. */
public final class TableScorer {
  /** The column of the energy E(x): higher is less likely. */
  public static final String ENERGY = "energy";

  /** The column of the energy's percentile among the training rows, 0 to 100. */
  public static final String PERCENTILE = "energy_percentile";

  private static final int BATCH_ROWS = 4 * RowEnergies.BLOCK_ROWS;

  private TableScorer() {}

  /**
   * Scores a table; rows are computed when the result is written.
   *
   * <p>No row is ever left out.
   *
   * @param missing what is done with rows that lack a number; DROP makes their energy null
   * @throws DataException if the table does not fit the model
   */
  public static Dataset<Row> score(Dataset<Row> table, Model model, MissingValues missing) {
    for (String added : List.of(ENERGY, PERCENTILE)) {
      if (Arrays.asList(table.columns()).contains(added)) {
        throw new DataException(
            "the table has a column '" + added + "' already; rename it before scoring");
      }
    }
    StructType schema = table.schema();
    FeatureExtractor features =
        FeatureExtractor.of(
            schema, model.config().features().columns(), model.config().features().scale().size());
    StructType scored =
        schema.add(ENERGY, DataTypes.DoubleType, true).add(PERCENTILE, DataTypes.DoubleType, true);
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(table.sparkSession().sparkContext());
    Broadcast<SentModel> sent = context.broadcast(new SentModel(model));
    MapPartitionsFunction<Row, Row> scoring =
        rows -> new ScoredRows(rows, features, sent.value().model(), missing);
    return table.mapPartitions(scoring, Encoders.row(scored));
  }

  /** The rows of a partition with their energies, computed a batch ahead. */
  private static final class ScoredRows implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final FeatureExtractor features;
    private final MissingValues missing;
    private final FeatureScaling scaling;
    private final double[] means;
    private final EnergyPercentiles.Lookup percentiles;
    private final RowEnergies energies;
    private Iterator<Row> ready = List.<Row>of().iterator();

    ScoredRows(Iterator<Row> rows, FeatureExtractor features, Model model, MissingValues missing) {
      this.rows = rows;
      this.features = features;
      this.missing = missing;
      this.scaling = model.config().features().scaling();
      this.means = model.config().features().means();
      this.percentiles = model.config().trainingEnergies().lookup();
      this.energies = model.open(TaskDevice.current());
      TaskCompletionListener free = done -> energies.close();
      TaskContext.get().addTaskCompletionListener(free);
    }

    @Override
    public boolean hasNext() {
      if (!ready.hasNext() && rows.hasNext()) {
        ready = batch();
      }
      return ready.hasNext();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return ready.next();
    }

    private Iterator<Row> batch() {
      int width = scaling.width();
      List<Row> taken = new ArrayList<>();
      float[] values = new float[BATCH_ROWS * width];
      boolean[] complete = new boolean[BATCH_ROWS];
      while (taken.size() < BATCH_ROWS && rows.hasNext()) {
        Row row = rows.next();
        complete[taken.size()] = put(extracted(row), values, taken.size() * width);
        taken.add(row);
      }
      float[] scores = energies.energies(Arrays.copyOf(values, taken.size() * width));
      List<Row> scored = new ArrayList<>(taken.size());
      for (int i = 0; i < scores.length; i++) {
        scored.add(with(taken.get(i), complete[i], scores[i]));
      }
      return scored.iterator();
    }

    private double[] extracted(Row row) {
      try {
        return features.extract(row);
      } catch (WrongLengthException e) {
        throw new DataException(e.getMessage() + "; filter such rows with source.where", e);
      }
    }

    /** Brings a row to the model's units; false where it lacks a number that nothing stands for. */
    private boolean put(double[] raw, float[] values, int at) {
      boolean complete = true;
      for (int i = 0; i < raw.length; i++) {
        double x = raw[i];
        if (!Double.isFinite(x)) {
          if (missing == MissingValues.ERROR) {
            throw new DataException(
                "a row lacks a number in "
                    + features.featureNames().get(i)
                    + "; filter such rows with source.where, or set missing to drop (energy null)"
                    + " or mean");
          }
          complete &= missing == MissingValues.MEAN;
          x = means[i];
        }
        values[at + i] = scaling.toModel(i, x);
      }
      return complete;
    }

    private Row with(Row row, boolean complete, float energy) {
      if (complete && !Float.isFinite(energy)) {
        throw new DataException(
            "the energy of a row is " + energy + ": its values are far outside the training data");
      }
      Object[] cells = new Object[row.size() + 2];
      for (int i = 0; i < row.size(); i++) {
        cells[i] = row.get(i);
      }
      cells[row.size()] = complete ? (double) energy : null;
      cells[row.size() + 1] = complete ? percentiles.percentile(energy) : null;
      return RowFactory.create(cells);
    }
  }
}
