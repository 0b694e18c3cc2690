package io.ebmspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.spark.ml.param.Param;
import org.junit.jupiter.api.Test;

/** Values on their way through metadata, and of the classes that Spark Connect carries. */
class SettingParamTest {
  private final EnergyBasedModelEstimator estimator = new EnergyBasedModelEstimator();

  private Object again(String name, Object value) {
    Param<Object> param = estimator.getParam(name);
    Object read = param.jsonDecode(param.jsonEncode(value));
    estimator.set(param, read);
    assertThat(read).isInstanceOf(boxed(param.dataClass()));
    return read;
  }

  private static Class<?> boxed(Class<?> type) {
    return java.lang.invoke.MethodType.methodType(type).wrap().returnType();
  }

  @Test
  void everyValueComesBackAsOneThatCanBeSent() {
    assertThat(again("steps", 60)).isEqualTo(60L);
    assertThat(again("averageDecay", 0.5)).isEqualTo(0.5);
    assertThat(again("scaling", "none")).isEqualTo("none");
    assertThat(again("features", List.of("a", "b*"))).isEqualTo(new String[] {"a", "b*"});
    assertThat(again("features", "a")).isEqualTo(new String[] {"a"});
    assertThat(again("shape", List.of(1, 28, 28))).isEqualTo(new int[] {1, 28, 28});
    assertThat(again("range", List.of(0, 255))).isEqualTo(new double[] {0, 255});
    assertThat(again("learningRate", 0.002)).isEqualTo("0.002");
    assertThat(again("learningRate", "0.002")).isEqualTo("0.002");
    assertThat(again("energy", Map.of("kind", "mlp"))).isEqualTo("{\"kind\":\"mlp\"}");
    assertThat(again("energy", "{kind: mlp}")).isEqualTo("{kind: mlp}");
  }

  @Test
  void whatIsNotAValueIsRefused() {
    assertThatThrownBy(() -> estimator.getParam("steps").jsonDecode("[1, {}]"))
        .hasMessage("the stored value of steps is not one");
  }
}
