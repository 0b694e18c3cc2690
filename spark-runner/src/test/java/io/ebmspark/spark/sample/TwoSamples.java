package io.ebmspark.spark.sample;

import io.ebmspark.core.evaluation.Auroc;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.ml.classification.RandomForestClassificationModel;
import org.apache.spark.ml.classification.RandomForestClassifier;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The classifier two-sample test (Lopez-Paz and Oquab 2017): how well a random forest, on rows it
 * was not trained on, tells drawn rows from real ones. One half is best: it cannot.
 */
public final class TwoSamples {
  private static final int FOLDS = 3;

  /** Stands for null, which trees take for a number like others. */
  private static final double NULL = -1e18;

  private TwoSamples() {}

  /** Rows as numbers, those of text in no meaningful order. */
  public static List<double[]> numbers(List<Row> rows, String... columns) {
    List<double[]> all = new ArrayList<>();
    for (Row row : rows) {
      double[] values = new double[columns.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = number(row.get(row.fieldIndex(columns[i])));
      }
      all.add(values);
    }
    return all;
  }

  private static double number(@Nullable Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    } else if (value instanceof Boolean yes) {
      return yes ? 1 : 0;
    }
    return value == null ? NULL : value.toString().hashCode();
  }

  /** The area under the ROC curve, over all folds, of as many rows of either kind. */
  public static double auroc(
      SparkSession spark, List<double[]> real, List<double[]> drawn, long seed) {
    int each = Math.min(real.size(), drawn.size());
    List<Integer> order = new ArrayList<>(IntStream.range(0, 2 * each).boxed().toList());
    Collections.shuffle(order, new Random(seed));
    StructType schema =
        new StructType()
            .add("label", DataTypes.DoubleType)
            .add("features", SQLDataTypes.VectorType());
    double sum = 0;
    for (int fold = 0; fold < FOLDS; fold++) {
      List<Row> train = new ArrayList<>();
      List<Integer> test = new ArrayList<>();
      for (int place = 0; place < order.size(); place++) {
        int i = order.get(place);
        if (place % FOLDS == fold) {
          test.add(i);
        } else {
          train.add(RowFactory.create(i < each ? 0.0 : 1.0, Vectors.dense(row(real, drawn, i))));
        }
      }
      RandomForestClassificationModel forest =
          new RandomForestClassifier()
              .setNumTrees(60)
              .setMaxDepth(10)
              .setMaxBins(128)
              .setMinInstancesPerNode(2)
              .setSeed(seed)
              .fit(spark.createDataFrame(train, schema));
      List<Float> usual = new ArrayList<>();
      List<Float> other = new ArrayList<>();
      for (int i : test) {
        double chance = forest.predictProbability(Vectors.dense(row(real, drawn, i))).apply(1);
        (i < each ? usual : other).add((float) chance);
      }
      sum += Auroc.of(array(usual), array(other));
    }
    return sum / FOLDS;
  }

  private static double[] row(List<double[]> real, List<double[]> drawn, int i) {
    int each = Math.min(real.size(), drawn.size());
    return i < each ? real.get(i) : drawn.get(i - each);
  }

  private static float[] array(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }
}
