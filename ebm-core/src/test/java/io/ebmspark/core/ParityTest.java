package io.ebmspark.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.Gradients;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.evaluation.AveragePrecision;
import io.ebmspark.core.evaluation.EnergyDistance;
import io.ebmspark.core.evaluation.FalsePositiveRate;
import io.ebmspark.core.evaluation.MaximumMeanDiscrepancy;
import io.ebmspark.core.evaluation.SteinDiscrepancy;
import io.ebmspark.core.objective.Batch;
import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Values and gradients compared with PyTorch's in double precision, on the same weights, rows and
 * noise: the numbers of src/test/python/parity.py.
 */
class ParityTest {
  private static final double RELATIVE = 1e-5;

  private record HoldsEnergy(@Setting("it") Energy energy) {}

  private record HoldsObjective(@Setting("it") Objective objective) {}

  private static JsonNode fixture() throws IOException {
    try (InputStream in = ParityTest.class.getResourceAsStream("parity.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  @TestFactory
  Stream<DynamicTest> energiesAndTheirGradients() throws IOException {
    return StreamSupport.stream(fixture().get("energies").spliterator(), false)
        .map(c -> DynamicTest.dynamicTest(c.get("energy").toString(), () -> compareEnergy(c)));
  }

  private static void compareEnergy(JsonNode expected) {
    Energy energy = energy(expected);
    ParameterLayout layout = energy.parameters(shape(expected));
    try (TensorScope scope = TensorScope.open()) {
      Tensor flat = scope.upload(doubles(expected.get("parameters")), layout.size()).leaf();
      Tensor rows = scope.upload(doubles(expected.get("rows")), batch(expected));
      PreparedEnergy bound = energy.prepare(Weights.of(layout, flat));
      close("energies", bound.at(rows), expected.get("energies"));
      close("gradient", bound.gradient(rows), expected.get("gradient"));
      if (layout.size() > 0) {
        Tensor gradient = Gradients.of(bound.at(rows), flat);
        close("gradient in the parameters", gradient, expected.get("parameterGradient"));
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> objectivesAndTheirGradients() throws IOException {
    JsonNode all = fixture();
    return StreamSupport.stream(all.get("objectives").spliterator(), false)
        .map(
            c ->
                DynamicTest.dynamicTest(
                    c.get("objective").toString(), () -> compareObjective(all, c)));
  }

  private static void compareObjective(JsonNode all, JsonNode expected) {
    Objective objective =
        SettingsBinder.bind(
                SettingsTree.parse("parity", "{\"objective\":" + expected.get("objective") + "}"),
                HoldsObjective.class)
            .objective();
    Energy energy = energy(expected);
    ParameterLayout layout = energy.parameters(shape(expected));
    try (TensorScope scope = TensorScope.open()) {
      Tensor flat = scope.upload(doubles(expected.get("parameters")), layout.size()).leaf();
      Tensor rows = scope.upload(doubles(expected.get("rows")), batch(expected));
      long[] indices =
          StreamSupport.stream(all.get("indices").spliterator(), false)
              .mapToLong(JsonNode::asLong)
              .toArray();
      Batch batch =
          new Batch(
              rows, indices, rows.mul(0.5), all.get("seed").asLong(), all.get("step").asLong());
      Losses losses = objective.losses(energy.prepare(Weights.of(layout, flat)), batch);
      close("losses", losses.perRow(), expected.get("losses"));
      Tensor gradient = losses.gradient(flat);
      close("gradient in the parameters", gradient, expected.get("parameterGradient"));
    }
  }

  @Test
  void metrics() throws IOException {
    JsonNode expected = fixture().get("metrics");
    float[] first = floats(expected.get("first"));
    float[] second = floats(expected.get("second"));
    assertThat(MaximumMeanDiscrepancy.between(first, second, 2, 9, 1).squared())
        .isCloseTo(expected.get("squaredMmd").asDouble(), within(1e-6));
    assertThat(EnergyDistance.between(first, second, 2))
        .isCloseTo(expected.get("energyDistance").asDouble(), within(1e-6));
    float[] scores = first.clone();
    for (int i = 0; i < scores.length; i++) {
      scores[i] = -scores[i];
    }
    assertThat(SteinDiscrepancy.of(first, scores, 2, 9, 1).squared())
        .isCloseTo(expected.get("squaredStein").asDouble(), within(1e-9));
    float[] negatives = floats(expected.get("negatives"));
    float[] positives = floats(expected.get("positives"));
    assertThat(AveragePrecision.of(negatives, positives))
        .isCloseTo(expected.get("averagePrecision").asDouble(), within(1e-12));
    assertThat(FalsePositiveRate.at(0.95, negatives, positives))
        .isCloseTo(expected.get("falsePositiveRate").asDouble(), within(1e-12));
  }

  /** Relative to the largest: elements that cancel to nearly nothing carry only rounding. */
  private static void close(String what, Tensor found, JsonNode expected) {
    double[] wanted = doubles(expected);
    double[] values = found.toDoubles();
    assertThat(values).as(what).hasSize(wanted.length);
    double largest = 0;
    for (double value : wanted) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(largest).as(what).isPositive();
    for (int i = 0; i < wanted.length; i++) {
      assertThat(values[i]).as("%s, %d", what, i).isCloseTo(wanted[i], within(RELATIVE * largest));
    }
  }

  private static Energy energy(JsonNode expected) {
    String json = "{\"energy\":" + expected.get("energy") + "}";
    return SettingsBinder.bind(SettingsTree.parse("parity", json), HoldsEnergy.class).energy();
  }

  private static long[] shape(JsonNode expected) {
    long[] batch = batch(expected);
    return java.util.Arrays.copyOfRange(batch, 1, batch.length);
  }

  private static long[] batch(JsonNode expected) {
    JsonNode shape = expected.get("shape");
    long[] batch = new long[shape.size() + 1];
    long width = 1;
    for (int i = 0; i < shape.size(); i++) {
      batch[i + 1] = shape.get(i).asLong();
      width *= batch[i + 1];
    }
    batch[0] = expected.get("rows").size() / width;
    return batch;
  }

  private static double[] doubles(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  private static float[] floats(JsonNode array) {
    double[] wide = doubles(array);
    float[] narrow = new float[wide.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) wide[i];
    }
    return narrow;
  }
}
