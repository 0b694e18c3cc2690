package io.ebmspark.spark.train;

import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.training.StepRequest;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a step costs besides computation on clusters larger than any at hand, from parts measured
 * here: bytes written and read, vectors joined, a step of Adam. The network is assumed.
 *
 * <p>The driver sends the parameters to E executors of C cores and takes one total from each core,
 * over one link; above 64 MB Spark passes the parameters on among the executors instead. It reads
 * and joins totals as they arrive. In slices, every executor would send and take 1/E of every
 * other's gradient and return 1/E of the parameters, all links at once.
 */
@Tag("benchmark")
class StepSimulationBenchmark {
  private static final int CORES = 4;
  private static final double LINK_BYTES_A_MILLISECOND = 1.25e6; // 10 Gb/s
  private static final double MESSAGE_MILLISECONDS = 0.05;
  private static final double ROUND_TRIP_MILLISECONDS = 0.5;

  /** Milliseconds for vectors of a length. */
  private record Parts(int parameters, double write, double read, double join, double apply) {
    double bytes() {
      return 4.0 * parameters;
    }

    /** The driver sends everything, and takes and joins a vector of each executor. */
    double byDriver(int executors, int cores) {
      int tasks = executors * cores;
      double sent =
          executors * bytes() <= Crew.MOST_SENT_BYTES
              ? executors * (bytes() / LINK_BYTES_A_MILLISECOND)
              : 2 * bytes() / LINK_BYTES_A_MILLISECOND + ROUND_TRIP_MILLISECONDS * log2(executors);
      double taken =
          executors * Math.max(bytes() / LINK_BYTES_A_MILLISECOND, read + join)
              + Math.min(read, join);
      return ROUND_TRIP_MILLISECONDS
          + tasks * MESSAGE_MILLISECONDS
          + 2 * write
          + read
          + sent
          + (cores - 1) * join
          + taken
          + apply;
    }

    /** Each executor joins and applies a slice. */
    double inSlices(int executors, int cores) {
      double share = (executors - 1.0) / executors;
      return 3 * ROUND_TRIP_MILLISECONDS
          + 2 * executors * MESSAGE_MILLISECONDS
          + 2 * (write + read)
          + 2 * share * bytes() / LINK_BYTES_A_MILLISECOND
          + (cores - 1) * join
          + join
          + apply / executors;
    }

    private static double log2(int number) {
      return Math.log(number) / Math.log(2);
    }
  }

  @Test
  void clustersLargerThanAnyAtHand() {
    for (int i = 0; i < 20; i++) {
      measure(100_000); // warms up
    }
    for (int parameters : new int[] {10_000, 100_000, 1_000_000, 10_000_000, 100_000_000}) {
      // The longest vector's parts are ten times the next one's, to spare the machine.
      Parts parts =
          parameters == 100_000_000 ? scaled(measure(10_000_000), 10) : measure(parameters);
      System.out.printf(
          Locale.ROOT,
          "PARTS %,d parameters, ms: write %.3f, read %.3f, join %.3f, apply %.3f%n",
          parameters,
          parts.write,
          parts.read,
          parts.join,
          parts.apply);
      StringBuilder line = new StringBuilder("| " + String.format(Locale.ROOT, "%,d", parameters));
      for (int executors : new int[] {4, 16, 64, 256, 1_000}) {
        line.append(
            String.format(
                Locale.ROOT,
                " | %s (%s)",
                text(parts.byDriver(executors, CORES)),
                text(parts.inSlices(executors, CORES))));
      }
      System.out.println("SIMULATED " + line + " |");
    }
  }

  private static String text(double milliseconds) {
    return milliseconds < 10
        ? String.format(Locale.ROOT, "%.1f", milliseconds)
        : String.format(Locale.ROOT, "%,.0f", milliseconds);
  }

  private static Parts scaled(Parts parts, int factor) {
    return new Parts(
        parts.parameters * factor,
        parts.write * factor,
        parts.read * factor,
        parts.join * factor,
        parts.apply * factor);
  }

  private static Parts measure(int parameters) {
    float[] vector = new float[parameters];
    Arrays.fill(vector, 1e-3f);
    float[] other = vector.clone();
    float[][] moments = new float[2][parameters];
    StepRequest request = new StepRequest(0, 0, vector, null);
    byte[] bytes = new CrewMessage.Order(0, request, null).toBytes();
    Adam adam = new Adam(0.9, 0.999, 1e-8);
    double write = lowest(() -> new CrewMessage.Order(0, request, null).toBytes());
    double read = lowest(() -> CrewMessage.Order.read(bytes));
    double join =
        lowest(
            () -> {
              for (int i = 0; i < other.length; i++) {
                other[i] += vector[i];
              }
            });
    double apply = lowest(() -> adam.step(vector, other, moments, 0, 1e-9));
    return new Parts(parameters, write, read, join, apply);
  }

  /** Other work on the machine only ever adds. */
  private static double lowest(Runnable work) {
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 25; i++) {
      long start = System.nanoTime();
      work.run();
      lowest = Math.min(lowest, (System.nanoTime() - start) * 1e-6);
    }
    return lowest;
  }
}
