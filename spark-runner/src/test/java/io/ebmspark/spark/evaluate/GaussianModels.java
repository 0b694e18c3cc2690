package io.ebmspark.spark.evaluate;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Gaussian;
import io.ebmspark.core.model.EnergyPercentiles;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import io.ebmspark.spark.model.Provenance;
import io.ebmspark.spark.model.SamplingSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Models whose energy is a known Gaussian's, and rows to go with them. */
public final class GaussianModels {
  private GaussianModels() {}

  public static FeatureScaling units(double... offsetThenScale) {
    int width = offsetThenScale.length / 2;
    return new FeatureScaling(
        Arrays.copyOf(offsetThenScale, width),
        Arrays.copyOfRange(offsetThenScale, width, 2 * width));
  }

  /** Columns c0, c1, …; the objective is exact score matching without noise. */
  public static Model of(double[][] covariance, FeatureScaling units) {
    int width = covariance.length;
    List<List<Double>> rows = new ArrayList<>();
    for (double[] row : covariance) {
      rows.add(boxed(row));
    }
    return of(new Gaussian(boxed(new double[width]), rows), units, "exact-score-matching");
  }

  public static Model of(Energy energy, FeatureScaling units, String objective) {
    int width = units.width();
    TrainingSettings training =
        bind(
            "{objective: {kind: " + objective + "}, steps: 1, learningRate: 1e-3}",
            TrainingSettings.class);
    ModelConfig config =
        new ModelConfig(
            ModelConfig.FORMAT,
            energy,
            List.of((long) width),
            new FeatureSettings(
                IntStream.range(0, width).mapToObj(i -> "c" + i).toList(),
                false,
                MissingValues.ERROR,
                boxed(units.offset()),
                boxed(units.offset()),
                boxed(units.scale()),
                Map.of(),
                Map.of(),
                Map.of()),
            1,
            training,
            bind("{steps: 300, sampler: {kind: langevin, stepSize: 0.1}}", SamplingSettings.class),
            Sample.table("trained_on").settings(),
            new Provenance("", Map.of(), 1, "", 1, 0),
            new EnergyPercentiles(List.of(0.0, 1.0)),
            "");
    return new Model(config, new float[0]);
  }

  public static <R extends Record> R bind(String yaml, Class<R> type) {
    return SettingsBinder.bind(SettingsTree.parse("test", yaml), type);
  }

  /** Independent normals of these deviations about these means. */
  public static float[] normals(int rows, double[] mean, double[] deviation, long seed) {
    int width = mean.length;
    float[] values = new float[rows * width];
    RandomStream.of(seed, Purpose.CHECK, 0).normals(0, 0, values, 0, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean[i % width] + deviation[i % width] * values[i]);
    }
    return values;
  }

  private static List<Double> boxed(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }
}
