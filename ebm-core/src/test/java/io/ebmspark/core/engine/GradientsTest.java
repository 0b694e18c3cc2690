package io.ebmspark.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GradientsTest {
  /** Every operation that takes one tensor, as a function whose elements are then summed. */
  private static final Map<String, UnaryOperator<Tensor>> OPERATIONS = operations();

  private static Map<String, UnaryOperator<Tensor>> operations() {
    Map<String, UnaryOperator<Tensor>> map = new LinkedHashMap<>();
    map.put("add number", x -> x.add(2.5).square());
    map.put("sub number", x -> x.sub(0.3).square());
    map.put("mul number", x -> x.mul(1.7).square());
    map.put("div number", x -> x.div(0.7).square());
    map.put("pow", x -> x.pow(3));
    map.put("neg", x -> x.neg().exp());
    map.put("add", x -> x.add(x.square()));
    map.put("sub", x -> x.sub(x.square()));
    map.put("mul", x -> x.mul(x.exp()));
    map.put("div", x -> x.div(x.square().add(1)));
    map.put("sqrt", Tensor::sqrt);
    map.put("log", Tensor::log);
    map.put("abs", x -> x.abs().square());
    map.put("sin", Tensor::sin);
    map.put("cos", Tensor::cos);
    map.put("erf", Tensor::erf);
    map.put("maximum", x -> x.maximum(0.5).square());
    map.put("minimum", x -> x.minimum(1.5).square());
    map.put("clamp", x -> x.clamp(0.4, 1.6).square());
    map.put("tanh", Tensor::tanh);
    map.put("sigmoid", Tensor::sigmoid);
    map.put("relu", x -> x.sub(0.61).relu().square());
    map.put("silu", Tensor::silu);
    map.put("selu", x -> x.sub(0.61).selu());
    map.put("elu", x -> x.sub(0.61).elu());
    map.put("gelu", x -> x.sub(0.61).gelu());
    map.put("softplus", Tensor::softplus);
    map.put("matmul", x -> x.matmul(x.transpose(0, 1)));
    map.put("linear", x -> x.linear(x, x.slice(1, 0, 1).reshape(4)).square());
    map.put(
        "convolution",
        x -> {
          Tensor image = x.reshape(1, 1, 4, 3);
          Tensor kernel = x.reshape(-1).slice(0, 0, 9).reshape(1, 1, 3, 3);
          return image.convolution(kernel, x.reshape(-1).slice(0, 0, 1), 2, 1);
        });
    map.put("sum axes", x -> x.square().sum(1).mul(0.05).exp());
    map.put("mean", x -> x.square().mean());
    map.put("max", x -> x.max(1).square());
    map.put("logSumExp", x -> x.logSumExp(1));
    map.put("unsqueeze and squeeze", x -> x.unsqueeze(1).squeeze(1).square());
    map.put(
        "split and concatenate",
        x -> {
          List<Tensor> parts = x.split(1, 1, 2);
          return Tensor.concatenate(List.of(parts.get(1).square(), parts.get(0)), 1);
        });
    return map;
  }

  static List<String> operationNames() {
    return List.copyOf(OPERATIONS.keySet());
  }

  private static final double[] POINT = {
    0.31, 1.12, 0.74, 1.83, 0.92, 0.57, 1.41, 0.22, 1.05, 0.83, 1.97, 0.45
  };

  @ParameterizedTest
  @MethodSource("operationNames")
  void gradientOfEveryOperationAgreesWithFiniteDifferences(String name) {
    UnaryOperator<Tensor> operation = OPERATIONS.get(name);
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor x = scope.upload(POINT, 4, 3).leaf();
      Tensor y = operation.apply(x);
      collectGarbage();
      double value = y.sum().toDouble();
      double[] gradient = Gradients.of(y, x).toDoubles();
      for (int i = 0; i < POINT.length; i++) {
        double expected = centralDifference(scope, i, at -> operation.apply(at).sum().toDouble());
        assertThat(gradient[i]).as("d/dx%d", i).isCloseTo(expected, tolerance(expected, value));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("operationNames")
  void secondOrderGradientOfEveryOperationAgreesWithFiniteDifferences(String name) {
    // Squared first, since the gradient of a linear function has no further gradient.
    UnaryOperator<Tensor> operation = x -> OPERATIONS.get(name).apply(x.square().add(x));
    java.util.function.Function<Tensor, Tensor> squaredGradient =
        x -> Gradients.differentiable(operation.apply(x), x).square().sum();
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT64)) {
      Tensor x = scope.upload(POINT, 4, 3).leaf();
      Tensor y = squaredGradient.apply(x);
      collectGarbage();
      double value = y.sum().toDouble();
      double[] gradient = Gradients.of(y, x).toDoubles();
      for (int i = 0; i < POINT.length; i++) {
        double expected =
            centralDifference(scope, i, at -> squaredGradient.apply(at.leaf()).toDouble());
        assertThat(gradient[i]).as("d/dx%d", i).isCloseTo(expected, tolerance(expected, value));
      }
    }
  }

  private static final double STEP = 2e-4;

  /**
   * The fourth-order stencil errs by h⁴f⁽⁵⁾/30, below 1e-8 here, and by the rounding of the
   * function itself, divided by h.
   */
  private static org.assertj.core.data.Offset<Double> tolerance(double expected, double value) {
    return within(1e-8 * (1 + Math.abs(expected)) + 32 * Math.ulp(value) / STEP);
  }

  private static double centralDifference(
      TensorScope scope, int i, java.util.function.ToDoubleFunction<Tensor> function) {
    double[] weights = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12};
    double[] offsets = {-2 * STEP, -STEP, STEP, 2 * STEP};
    double sum = 0;
    for (int k = 0; k < 4; k++) {
      double[] moved = POINT.clone();
      moved[i] += offsets[k];
      sum += weights[k] * function.applyAsDouble(scope.upload(moved, 4, 3));
    }
    return sum / STEP;
  }

  /** Lets freed Java buffers be overwritten, which breaks operands that are views of them. */
  private static void collectGarbage() {
    System.gc();
    for (int i = 0; i < 64; i++) {
      java.nio.ByteBuffer.allocateDirect(64).putLong(0, 0x7ff8000000000001L);
    }
  }

  @Test
  void whatAnInputDoesNotReachHasGradientZero() {
    try (TensorScope scope = TensorScope.open()) {
      Tensor used = scope.upload(new float[] {3}, 1).leaf();
      Tensor unused = scope.upload(new float[] {1, 2}, 2).leaf();
      List<Tensor> gradients = Gradients.of(used.square(), List.of(used, unused));
      assertThat(gradients.get(0).toFloats()).containsExactly(6);
      assertThat(gradients.get(1).toFloats()).containsExactly(0, 0);
    }
  }

  @Test
  void outputWithoutHistoryIsRefused() {
    try (TensorScope scope = TensorScope.open()) {
      Tensor x = scope.upload(new float[] {3}, 1).leaf();
      assertThatThrownBy(() -> Gradients.of(x.detach().square(), x))
          .isInstanceOf(NotDifferentiableException.class)
          .hasMessageContaining("does not depend differentiably");
    }
  }

  @Test
  void threadsSharingParametersGetTheBitsOfOneThread() throws Exception {
    int rows = 64;
    float[] parameters = wave(8 * 8 + 8, 0.3);
    float[] data = wave(rows * 8, 1);
    try (TensorScope scope = TensorScope.open()) {
      Tensor shared = scope.upload(parameters, parameters.length).leaf();
      Callable<float[]> task =
          () -> {
            float[] last = new float[0];
            for (int repeat = 0; repeat < 50; repeat++) {
              last = gradientThrough(scope, shared, data, rows);
            }
            return last;
          };
      float[] expected = task.call();
      ExecutorService threads = Executors.newFixedThreadPool(4);
      try {
        List<Future<float[]>> results = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          results.add(threads.submit(task));
        }
        for (Future<float[]> result : results) {
          assertThat(result.get()).containsExactly(expected);
        }
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private static float[] gradientThrough(TensorScope scope, Tensor shared, float[] data, int rows) {
    try (TensorScope work = scope.child()) {
      Tensor flat = shared.in(work);
      Tensor weight = flat.slice(0, 0, 64).reshape(8, 8);
      Tensor bias = flat.slice(0, 64, 72);
      Tensor x = work.upload(data, rows, 8).leaf();
      Tensor energy = x.linear(weight, bias).silu().sumPerRow();
      Tensor score = Gradients.differentiable(energy, x);
      return Gradients.of(score.square().sumPerRow(), flat).toFloats();
    }
  }

  private static final int ROWS = 16_384;

  @Tag("long")
  @Test
  void nativeMemoryIsFlatOverSecondOrderSteps() {
    assertThat(megabytesLeft(100, (scope, shared, data) -> {})).isLessThan(10);
    // The control: one tensor of the batch's shape a step, 512 KB, is 50 MB.
    List<Tensor> kept = new ArrayList<>();
    assertThat(megabytesLeft(100, (scope, shared, data) -> kept.add(scope.upload(data, ROWS, 8))))
        .isGreaterThan(30);
    // And so would one that is kept for its history alone.
    assertThat(
            megabytesLeft(
                100,
                (scope, shared, data) -> {
                  try (TensorScope work = scope.child()) {
                    Tensor x = work.upload(data, ROWS, 8).leaf();
                    kept.add(x.square().sum().moveTo(scope));
                  }
                }))
        .isGreaterThan(30);
  }

  @Test
  @Tag("long")
  void nativeMemoryIsFlatOverThousandsOfSecondOrderSteps() {
    assertThat(megabytesLeft(2_000, (scope, shared, data) -> {})).isLessThan(10);
  }

  /** What a step may do besides. */
  @FunctionalInterface
  private interface Besides {
    void run(TensorScope scope, Tensor shared, float[] data);
  }

  private static double megabytesLeft(int steps, Besides besides) {
    float[] parameters = wave(8 * 8 + 8, 0.3);
    float[] data = wave(ROWS * 8, 1);
    try (TensorScope scope = TensorScope.open()) {
      Tensor shared = scope.upload(parameters, parameters.length).leaf();
      return NativeMemory.megabytesLeft(
          () -> {
            for (int i = 0; i < steps; i++) {
              gradientThrough(scope, shared, data, ROWS);
              besides.run(scope, shared, data);
            }
          });
    }
  }

  private static float[] wave(int length, double scale) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (scale * Math.sin(1.7 * i + 0.3));
    }
    return values;
  }

  @Test
  void resultsBelongToTheInnermostScopeOfTheirOperands() {
    try (TensorScope outer = TensorScope.open()) {
      Tensor kept = outer.full(2);
      Tensor moved;
      try (TensorScope inner = outer.child()) {
        Tensor x = inner.full(3);
        assertThat(kept.mul(x).scope()).isSameAs(inner);
        assertThat(x.mul(kept).scope()).isSameAs(inner);
        assertThat(kept.in(inner).square().scope()).isSameAs(inner);
        moved = kept.mul(x).moveTo(outer);
      }
      assertThat(moved.toDouble()).isEqualTo(6);
      assertThat(kept.toDouble()).isEqualTo(2);
    }
  }
}
