package io.ebmspark.spark.train;

import io.ebmspark.core.training.StepTotal;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** Totals of runs of shards in one step. Neighbours are joined as they come, so few are held. */
final class RunTotals {
  private final TreeSet<Integer> runs = new TreeSet<>();
  private final TreeMap<Integer, StepTotal> totals = new TreeMap<>();

  /** The total of one run. */
  static RunTotals of(int run, StepTotal total) {
    RunTotals one = new RunTotals();
    one.add(run, total);
    return one;
  }

  /** Adds a run's total, and takes it over; one that is there already is not added again. */
  void add(int run, StepTotal total) {
    if (runs.add(run)) {
      join(total);
    }
  }

  /**
   * Adds others, and takes them over.
   *
   * @return false, and nothing is added, if any of their runs is there already: what has been
   *     joined cannot be taken apart
   */
  boolean add(RunTotals others) {
    if (!Collections.disjoint(runs, others.runs)) {
      return false;
    }
    runs.addAll(others.runs);
    others.totals.values().forEach(this::join);
    return true;
  }

  private void join(StepTotal added) {
    StepTotal total = added;
    Map.Entry<Integer, StepTotal> before = totals.lowerEntry(total.firstShard());
    if (before != null && before.getValue().endShard() == total.firstShard()) {
      before.getValue().append(total);
      total = before.getValue();
    }
    StepTotal after = totals.remove(total.endShard());
    if (after != null) {
      total.append(after);
    }
    totals.put(total.firstShard(), total);
  }

  /** The runs. */
  Set<Integer> runs() {
    return Collections.unmodifiableSet(runs);
  }

  /**
   * The one total that all runs have become.
   *
   * @throws IllegalStateException if there is a gap between them
   */
  StepTotal only() {
    if (totals.size() != 1) {
      throw new IllegalStateException("runs " + runs + " are not neighbours");
    }
    return totals.firstEntry().getValue();
  }

  /** The gradients of these runs from one parameter to another, as {@link StepTotal#slice}. */
  RunTotals slice(int index, int of) {
    return with(total -> total.slice(index, of));
  }

  /** All that slices have not. */
  RunTotals withoutGradients() {
    return with(StepTotal::withoutGradients);
  }

  private RunTotals with(UnaryOperator<StepTotal> change) {
    RunTotals changed = new RunTotals();
    changed.runs.addAll(runs);
    totals.values().forEach(total -> changed.join(change.apply(total)));
    return changed;
  }

  /** The number of floats, which is most of the size. */
  long values() {
    return totals.values().stream().mapToLong(StepTotal::values).sum();
  }

  byte[] toBytes() {
    return CrewMessage.bytes(values(), this::write);
  }

  static RunTotals read(byte[] bytes) {
    return CrewMessage.read(bytes, RunTotals::read);
  }

  void write(ObjectOutputStream out) throws IOException {
    out.writeInt(runs.size());
    for (int run : runs) {
      out.writeInt(run);
    }
    out.writeInt(totals.size());
    for (StepTotal total : totals.values()) {
      out.writeObject(total);
    }
  }

  static RunTotals read(ObjectInputStream in) throws IOException, ClassNotFoundException {
    RunTotals read = new RunTotals();
    for (int left = in.readInt(); left > 0; left--) {
      read.runs.add(in.readInt());
    }
    for (int left = in.readInt(); left > 0; left--) {
      read.join((StepTotal) in.readObject());
    }
    return read;
  }
}
