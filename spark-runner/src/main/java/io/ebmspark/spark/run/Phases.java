package io.ebmspark.spark.run;

import java.util.function.Supplier;

/** Times the phases of a run for its listener. */
record Phases(RunListener listener) {
  <T> T time(String phase, Supplier<T> work) {
    long started = System.nanoTime();
    T result = work.get();
    listener.onPhase(phase, (System.nanoTime() - started) * 1e-9);
    return result;
  }

  void time(String phase, Runnable work) {
    time(
        phase,
        () -> {
          work.run();
          return true;
        });
  }
}
