package io.ebmspark.spark.train;

import io.ebmspark.core.optimizer.Adam;
import io.ebmspark.core.training.StepRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a step costs besides computation on clusters larger than any at hand, from parts measured
 * here: bytes written and read, vectors joined, a step of Adam. The network is assumed.
 *
 * <p>Told is what {@link Slicing} chooses, and beside slices, in brackets, what whole vectors would
 * take.
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

    private double onTheLink() {
      return bytes() / LINK_BYTES_A_MILLISECOND;
    }

    /** The driver sends everything to each executor, and takes and joins a vector of each. */
    double byDriver(int executors, int cores) {
      double taken = executors * Math.max(onTheLink(), read + join) + Math.min(read, join);
      return ROUND_TRIP_MILLISECONDS
          + executors * cores * MESSAGE_MILLISECONDS
          + 2 * write
          + read
          + executors * onTheLink()
          + (cores - 1) * join
          + taken
          + apply;
    }

    /**
     * The driver sends and takes each slice once; executors fetch them of each other. One message
     * more to keep parameters, and one to join gradients.
     */
    double inSlices(int slices, int executors, int cores) {
      double share = (executors - 1.0) / slices; // of a vector, on the links of those with a slice
      return 3 * ROUND_TRIP_MILLISECONDS
          + executors * (2 + cores) * MESSAGE_MILLISECONDS
          + 2 * executors * MESSAGE_MILLISECONDS
          + 2 * write
          + 3 * read
          + (2 + 2 * share) * onTheLink()
          + (cores - 1 + share) * join
          + apply;
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
        int slices = Slicing.DEFAULT.slices(executors, parameters);
        String whole = text(parts.byDriver(executors, CORES));
        line.append(" | ")
            .append(
                slices > 1
                    ? text(parts.inSlices(slices, executors, CORES)) + " (" + whole + ")"
                    : whole);
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
    CrewMessage.Work work = new CrewMessage.Work(request, List.of());
    byte[] bytes = CrewMessage.Order.toCompute(0, work).toBytes();
    Adam adam = new Adam(0.9, 0.999, 1e-8);
    double write = lowest(() -> CrewMessage.Order.toCompute(0, work).toBytes());
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
