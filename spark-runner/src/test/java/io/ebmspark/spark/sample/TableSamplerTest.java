package io.ebmspark.spark.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.evaluate.GaussianModels;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.SamplingSettings;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class TableSamplerTest {
  private static final SparkSession SPARK = Sessions.shared();

  /** Ten blocks, of which the driver hears less than their energies along the way. */
  @Test
  void howManyChainsWentIsToldByADriverThatTakesLittle() {
    Model model = GaussianModels.of(new double[][] {{1, 0}, {0, 1}}, FeatureScaling.identity(2));
    SamplingSettings settings = model.config().sampling();
    SparkConf conf = SPARK.sparkContext().conf();
    conf.set("spark.driver.maxResultSize", "1m");
    try (TableSampler.Samples drawn =
        TableSampler.draw(
            SPARK,
            model,
            settings,
            settings.samplerFor(model.config().energy(), 1, true),
            5_000,
            0)) {
      float[] rows = drawn.packed();
      double[] energies = new double[5_000];
      double mean = 0;
      for (int i = 0; i < energies.length; i++) {
        energies[i] = (Math.pow(rows[2 * i], 2) + Math.pow(rows[2 * i + 1], 2)) / 2;
        mean += energies[i] / energies.length;
      }
      double variance = 0;
      for (double energy : energies) {
        variance += Math.pow(energy - mean, 2) / energies.length;
      }
      ChainDiagnostics found = drawn.diagnostics();
      List<Double> trace = found.meanEnergy();
      assertThat(found.chains()).isEqualTo(5_000);
      assertThat(trace.get(trace.size() - 1)).isCloseTo(mean, within(1e-5));
      assertThat(found.energyDeviation()).isCloseTo(Math.sqrt(variance), within(1e-5));
      assertThat(found.mixing().orElseThrow().rHat()).isBetween(.99, 1.2);
    } finally {
      conf.remove("spark.driver.maxResultSize");
    }
  }
}
