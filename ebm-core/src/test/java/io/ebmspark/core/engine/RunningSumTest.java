package io.ebmspark.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunningSumTest {
  private static float[] floats(RunningSum sum, int length) {
    float[] out = new float[length];
    sum.copyTo(out);
    return out;
  }

  @Test
  void whatASumBeganWithIsNotWrittenOver() {
    try (TensorScope scope = TensorScope.open()) {
      Tensor first = scope.upload(new float[] {1, 2, 3}, 3);
      RunningSum sum = RunningSum.of(first, scope);
      for (int i = 0; i < 3; i++) {
        sum.add(RunningSum.of(scope.upload(new float[] {10, 20, 30}, 3), scope));
      }
      assertThat(floats(sum, 3)).containsExactly(31, 62, 93);
      assertThat(first.toFloats()).containsExactly(1, 2, 3);
    }
  }

  /** The gradient of a plain sum is one number, seen as many. */
  @Test
  void viewsOfOneNumberAreAddedLikeVectors() {
    try (TensorScope scope = TensorScope.open()) {
      Tensor leaf = scope.leaf(new float[] {1, 2, 3}, 3);
      RunningSum sum = RunningSum.of(Gradients.of(leaf.sum(), leaf), scope);
      assertThat(floats(sum, 3)).containsExactly(1, 1, 1);
      sum.add(RunningSum.of(Gradients.of(leaf.sum(), leaf), scope));
      sum.add(RunningSum.of(scope.upload(new float[] {1, 0, 2}, 3), scope));
      assertThat(floats(sum, 3)).containsExactly(3, 2, 4);
    }
  }

  @Test
  void itOutlivesTheScopeOfWhatItWasGiven() {
    try (TensorScope scope = TensorScope.open()) {
      RunningSum sum;
      try (TensorScope work = scope.child()) {
        sum = RunningSum.of(work.upload(new float[] {1, 2}, 2), scope);
        sum.addWide(work.upload(new float[] {1e-8f, 1}, 2));
      }
      sum.addWide(scope.upload(new float[] {-1, 1}, 2));
      sum.round();
      // In floats, 1 + 1e-8 would be 1.
      assertThat(floats(sum, 2)).containsExactly(1e-8f, 4);
    }
  }

  @Test
  void memoryIsFlat() {
    double left =
        NativeMemory.megabytesLeft(
            () -> {
              for (int round = 0; round < 200; round++) {
                try (TensorScope scope = TensorScope.open()) {
                  RunningSum sum = RunningSum.of(scope.zeros(10_000), scope);
                  sum.addWide(scope.full(1, 10_000));
                  sum.round();
                  for (int i = 0; i < 3; i++) {
                    sum.add(RunningSum.of(scope.full(1, 10_000), scope));
                  }
                }
              }
            });
    // One vector of a round, were it kept, would be 8 MB.
    assertThat(left).isLessThan(4);
  }
}
