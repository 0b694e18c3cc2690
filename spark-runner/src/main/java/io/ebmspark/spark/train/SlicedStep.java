package io.ebmspark.spark.train;

import io.ebmspark.core.training.StepRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The driver's part in a step whose vectors travel in slices: it gives each slice of the parameters
 * to one member, from which all others fetch it, and takes each slice of the total from one, which
 * has fetched it from all others (an all-gather and a reduce-scatter). So it sends and takes one
 * vector, whatever the number of executors.
 */
final class SlicedStep {
  private final StepRequest request;
  private final int runs;
  private final SliceStore.@Nullable Kept[] ofParameters;
  private final List<SliceStore.Kept> ofTotals = new ArrayList<>();
  private final float[] @Nullable [] joined;

  /**
   * A step to be worked on.
   *
   * @param slices their number
   * @param runs the number of members
   */
  SlicedStep(StepRequest request, int slices, int runs) {
    this.request = request;
    this.runs = runs;
    this.ofParameters = new SliceStore.Kept[slices];
    this.joined = new float[slices][];
  }

  /** The number of slices. */
  int slices() {
    return joined.length;
  }

  /** Where a slice of a vector begins; that of the number of slices is where the last one ends. */
  static int start(int length, int slice, int slices) {
    return (int) ((long) length * slice / slices);
  }

  /** Neighbouring runs share a process, so slices are spread over all of them. */
  private boolean isOf(int slice, int run) {
    return start(runs, slice, slices()) == run;
  }

  /** The slices of the parameters that a run's member is to keep, and does not yet. */
  Map<Integer, float[]> toKeep(int run) {
    float[] parameters = request.parameters();
    Map<Integer, float[]> slices = new TreeMap<>();
    for (int slice = 0; slice < slices(); slice++) {
      if (ofParameters[slice] == null && isOf(slice, run)) {
        int from = start(parameters.length, slice, slices());
        int to = start(parameters.length, slice + 1, slices());
        slices.put(slice, Arrays.copyOfRange(parameters, from, to));
      }
    }
    return slices;
  }

  /** A run's member keeps its slices of the parameters. */
  void parametersAreKept(int run, SliceStore.Kept where) {
    for (int slice = 0; slice < slices(); slice++) {
      if (isOf(slice, run)) {
        ofParameters[slice] = where;
      }
    }
  }

  /** Whether all slices of the parameters can be fetched. */
  boolean canBegin() {
    return Arrays.stream(ofParameters).allMatch(Objects::nonNull);
  }

  /** What all members are to compute, once they can fetch the parameters. */
  CrewMessage.Work work() {
    StepRequest rest =
        new StepRequest(request.step(), request.seed(), new float[0], request.chainStarts());
    return new CrewMessage.Work(rest, List.of(ofParameters));
  }

  /** A member keeps what is now among the totals. */
  void totalsAreKept(SliceStore.Kept where) {
    ofTotals.add(where);
  }

  /** The slices of the total that a run's member is to join, and has not joined yet. */
  CrewMessage.Joining toJoin(int run) {
    List<Integer> owed =
        IntStream.range(0, slices())
            .filter(slice -> joined[slice] == null && isOf(slice, run))
            .boxed()
            .toList();
    return new CrewMessage.Joining(owed, List.copyOf(ofTotals));
  }

  /** Some slices of the total have been joined. */
  void add(Map<Integer, float[]> slices) {
    slices.forEach((slice, gradient) -> joined[slice] = gradient);
  }

  /** Whether all slices of the total are here. */
  boolean isWhole() {
    return Arrays.stream(joined).allMatch(Objects::nonNull);
  }

  /** The slices of the total, in their order. */
  List<float[]> gradients() {
    return List.of(joined);
  }
}
