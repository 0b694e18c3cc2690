package io.ebmspark.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.desc;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.nanvl;
import static org.apache.spark.sql.functions.not;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.features.Features;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;

/**
 * How well energies tell labelled anomalies from other rows. Only the order of the energies counts,
 * so models whose energies are not on one scale can be compared.
 *
 * <p>{@code areaUnderROC}: the chance that an anomaly has a higher energy than another row, ties
 * counting half (Mann and Whitney 1947). {@code averagePrecision}: the mean over anomalies of the
 * share of anomalies among rows of at least their energy. Rows without an energy, or without a
 * label, do not count.
 */
public final class EnergyEvaluator extends Evaluator implements DefaultParamsWritable {
  private static final long serialVersionUID = 1;
  private static final String ROC = "areaUnderROC";
  private static final String PRECISION = "averagePrecision";

  private final String uid;
  private final Param<String> metricName;
  private final Param<String> labelCol;
  private final Param<String> energyCol;

  /** An evaluator of {@code areaUnderROC}. */
  public EnergyEvaluator() {
    this(Identifiable$.MODULE$.randomUID("ebmEval"));
  }

  /** An evaluator of {@code areaUnderROC}. */
  public EnergyEvaluator(String uid) {
    this.uid = uid;
    this.metricName =
        new Param<>(
            uid,
            "metricName",
            "what is computed: " + ROC + " or " + PRECISION,
            ParamValidators.inArray(List.of(ROC, PRECISION)),
            String.class);
    this.labelCol =
        new Param<>(uid, "labelCol", "column that is above 0 for anomalies", String.class);
    this.energyCol = new Param<>(uid, "energyCol", "column of the energies", String.class);
    setDefault(metricName, ROC);
    setDefault(labelCol, "label");
    setDefault(energyCol, "energy");
  }

  @Override
  public String uid() {
    return uid;
  }

  /** What is computed. */
  public Param<String> metricName() {
    return metricName;
  }

  /** The labels' column. */
  public Param<String> labelCol() {
    return labelCol;
  }

  /** The energies' column. */
  public Param<String> energyCol() {
    return energyCol;
  }

  /** Sets what is computed: {@code areaUnderROC} or {@code averagePrecision}. */
  public EnergyEvaluator setMetricName(String name) {
    set(metricName, name);
    return this;
  }

  /** Names the labels' column, above 0 for anomalies; by default {@code label}. */
  public EnergyEvaluator setLabelCol(String column) {
    set(labelCol, column);
    return this;
  }

  /** Names the energies' column; by default {@code energy}. */
  public EnergyEvaluator setEnergyCol(String column) {
    set(energyCol, column);
    return this;
  }

  /**
   * Computes the metric.
   *
   * @throws DataException if there is no such column, or the rows are not of both kinds
   */
  @Override
  public double evaluate(Dataset<?> rows) {
    Column energy = number(rows, energyCol);
    Column anomaly = number(rows, labelCol).gt(0);
    Dataset<Row> counts =
        rows.select(energy.as("energy"), anomaly.as("anomaly"))
            .where("energy IS NOT NULL AND anomaly IS NOT NULL")
            .groupBy("energy")
            .agg(count_if(col("anomaly")), count_if(not(col("anomaly"))))
            .orderBy(desc("energy"))
            .persist();
    try {
      return evaluateCounts(counts);
    } finally {
      counts.unpersist();
    }
  }

  /** A column's values; null where it has NaN, which is no label and which Spark orders last. */
  private Column number(Dataset<?> rows, Param<String> param) {
    String name = getOrDefault(param);
    // A name that the table has is meant as it is, and may hold dots; others may lead to a field.
    Column column =
        Arrays.asList(rows.columns()).contains(name) ? Features.quoted(name) : col(name);
    DataType type;
    try {
      type = rows.select(column).schema().fields()[0].dataType();
    } catch (Exception e) {
      if (e instanceof AnalysisException) {
        throw new DataException(
            uid
                + ": "
                + param.name()
                + " names a column that the rows do not have: "
                + Names.withSuggestion(name, List.of(rows.columns())),
            e);
      }
      throw e;
    }
    if (!(type instanceof NumericType) && !(type instanceof BooleanType)) {
      throw new DataException(
          uid
              + ": "
              + param.name()
              + " names "
              + name
              + ", which is "
              + type.simpleString()
              + "; make a column of numbers or of true and false of it");
    }
    return nanvl(column.cast("double"), lit(null));
  }

  /** From the numbers of anomalies and of others at each energy, highest first. */
  private double evaluateCounts(Dataset<Row> counts) {
    double anomalies = 0;
    double others = 0;
    double pairs = 0;
    double precisions = 0;
    for (Iterator<Row> ordered = counts.toLocalIterator(); ordered.hasNext(); ) {
      Row row = ordered.next();
      double here = row.getLong(1);
      double othersHere = row.getLong(2);
      // Others that come later are counted at the end: every pair, less those seen too early.
      pairs -= here * (others + othersHere / 2);
      anomalies += here;
      others += othersHere;
      precisions += here * anomalies / (anomalies + others);
    }
    if (anomalies == 0 || others == 0) {
      throw new DataException(
          uid
              + ": needs rows of both kinds, and "
              + (anomalies == 0 ? "none has a " : "all have a ")
              + getOrDefault(labelCol)
              + " above 0");
    }
    return getOrDefault(metricName).equals(ROC)
        ? 1 + pairs / (anomalies * others)
        : precisions / anomalies;
  }

  @Override
  public boolean isLargerBetter() {
    return true;
  }

  @Override
  public EnergyEvaluator copy(ParamMap extra) {
    return copyValues(new EnergyEvaluator(uid), extractParamMap(extra));
  }

  @Override
  public MLWriter write() {
    return new DefaultParamsWriter(this);
  }

  /** A reader of what {@code save} wrote. */
  public static MLReader<EnergyEvaluator> read() {
    return new StageReader<>(EnergyEvaluator.class);
  }

  /** Reads what {@code save} wrote. */
  public static EnergyEvaluator load(String path) {
    return read().load(path);
  }
}
