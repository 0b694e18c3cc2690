package io.ebmspark.spark.score;

import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.InternalRows;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.features.ModelInput;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.SentEnergy;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Adds to every row of a table its energy, and the percentile and p-value of that energy among the
 * rows held out from training. Keeps a model on the cluster until it is closed.
 */
public final class TableScorer implements AutoCloseable {
  private final Model model;
  private final ScoringSettings settings;
  private final SentModel sent;
  private final Broadcast<SentModel> broadcast;
  private final OtherValues others;

  /** What tasks need from a model. */
  static final class SentModel implements Serializable {
    private static final long serialVersionUID = 1;

    final SentEnergy energy;
    final RowEncoder encoder;
    private final double[] knots;
    private final @Nullable Calibration calibration;
    private final float @Nullable [] usualRows;
    private final float @Nullable [] usualValues;
    private final ModelColumns columns;

    SentModel(Model model) {
      FeatureSettings features = model.config().features();
      this.energy =
          new SentEnergy(model.config().energy(), model.config().rowShape(), model.parameters());
      this.encoder = features.encoder();
      this.knots = model.config().percentiles().toArray();
      this.calibration = model.calibration().orElse(null);
      this.usualRows = model.baselines().map(Baselines::rows).orElse(null);
      this.usualValues = model.baselines().map(Baselines::grid).orElse(null);
      this.columns = ModelColumns.of(features);
    }

    /** The usual rows, of a model that has them. */
    Baselines baselines() {
      return new Baselines(
          Objects.requireNonNull(usualRows), Objects.requireNonNull(usualValues), columns.width());
    }

    ModelColumns columns() {
      return columns;
    }

    EnergyPercentiles.Lookup percentiles() {
      return EnergyPercentiles.Lookup.of(knots);
    }

    /** Null if no rows were held out. */
    @Nullable Calibration calibration() {
      return calibration;
    }
  }

  /** Broadcasts a model to the executors. */
  public TableScorer(SparkSession spark, Model model, ScoringSettings settings) {
    this.model = model;
    this.settings = settings;
    this.sent = new SentModel(model);
    this.broadcast = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(sent);
    this.others = new OtherValues(sent.encoder.columns());
    spark.sparkContext().register(others);
  }

  /**
   * Scores a table, lazily: the result must be used before this scorer is closed.
   *
   * <p>No row is ever left out, and no finite values make scoring fail: if an energy overflows, or
   * a value does in the model's units, the energy is +∞, its percentile 100 and its p-value the
   * smallest possible. If a value is missing, the settings decide: an error, the mean in its place,
   * or null for all three columns. A model trained without held-out rows gives no p-values, and
   * their column is absent.
   *
   * @throws DataException if the table does not fit the model
   */
  public Dataset<Row> score(Dataset<Row> table) {
    Optional<String> pValue =
        model.calibration().isPresent() ? Optional.of(settings.pValue()) : Optional.empty();
    StructType columns = energies(settings.energy(), settings.percentile(), pValue);
    refuse(table.schema(), List.of(columns.fieldNames()));
    ModelInput input = ModelInput.of(table, model.config().features().features(), settings.key());
    RowsToScore format = new RowsToScore(input, settings);
    Broadcast<SentModel> model = broadcast;
    OtherValues found = others;
    return with(input, columns, rows -> new ScoredRows(rows, format, model.value(), found));
  }

  /** What is to be said, once rows are scored, of columns whose values have changed altogether. */
  public List<String> changedColumns(StructType table) {
    return others.notices(model.config().features(), table);
  }

  /** The table's columns and those added; what features were computed on the way is left out. */
  private static Dataset<Row> with(
      ModelInput input,
      StructType added,
      MapPartitionsFunction<InternalRow, InternalRow> function) {
    StructType schema = input.rows().schema();
    StructType wanted = input.schema();
    for (StructField field : added.fields()) {
      schema = schema.add(field);
      wanted = wanted.add(field);
    }
    Dataset<Row> all = InternalRows.mapPartitions(input.rows(), schema, function);
    return schema.length() == wanted.length()
        ? all
        : all.select(
            Arrays.stream(wanted.fieldNames()).map(Features::quoted).toArray(Column[]::new));
  }

  /**
   * Rejects a table that already has one of the columns to be added, by Spark's reading of names.
   *
   * @throws DataException if it does
   */
  public static void refuse(StructType table, List<String> added) {
    for (String name : added) {
      Names.columnOf(name, List.of(table.fieldNames()))
          .ifPresent(
              taken -> {
                throw new DataException(
                    "the table has a column '"
                        + taken
                        + "' already"
                        + (taken.equals(name) ? "" : ", which Spark takes for '" + name + "'")
                        + "; set energyColumn, percentileColumn, pValueColumn, flagColumn,"
                        + " explain.contributionsColumn and explain.unexplainedColumn to other"
                        + " names, or rename it");
              });
    }
  }

  /**
   * Adds their reasons to scored rows; computed when the result is used, of those rows alone that
   * are to be explained.
   *
   * @param scored what {@link #score} returned, perhaps with more columns
   * @param flag the column that says which rows are to be explained; empty for all
   */
  public Dataset<Row> explain(Dataset<Row> scored, ExplainSettings explain, Optional<String> flag) {
    ModelInput input = ModelInput.of(scored, model.config().features().features(), settings.key());
    StructType added = reasons(explain);
    ExplainedRows.Format format =
        new ExplainedRows.Format(
            input.extractor(),
            input.rows().schema(),
            input.schema().fieldIndex(settings.energy()),
            flag.map(input.schema()::fieldIndex).orElse(-1),
            explain.top(),
            explain.expected());
    Broadcast<SentModel> model = broadcast;
    return with(input, added, rows -> new ExplainedRows(rows, format, model.value()));
  }

  /**
   * The columns that {@link #score} adds.
   *
   * @param pValue the p-value's, of a model with rows that were held out from training
   */
  public static StructType energies(String energy, String percentile, Optional<String> pValue) {
    StructType added =
        new StructType()
            .add(energy, DataTypes.DoubleType, true)
            .add(percentile, DataTypes.DoubleType, true);
    return pValue.map(name -> added.add(name, DataTypes.DoubleType, true)).orElse(added);
  }

  /** The columns that {@link #explain} adds. */
  public static StructType reasons(ExplainSettings explain) {
    return new StructType()
        .add(explain.contributionsColumn(), contributions(explain.expected()), true)
        .add(explain.unexplainedColumn(), DataTypes.DoubleType, true);
  }

  private static ArrayType contributions(boolean expected) {
    StructType reason =
        new StructType()
            .add("column", DataTypes.StringType, false)
            .add("contribution", DataTypes.DoubleType, false)
            .add("value", DataTypes.StringType, true)
            .add("baseline", DataTypes.StringType, true);
    return DataTypes.createArrayType(
        expected ? reason.add("expected", DataTypes.StringType, true) : reason, false);
  }

  /** Frees the model. */
  @Override
  public void close() {
    broadcast.destroy();
    sent.energy.release();
  }
}
