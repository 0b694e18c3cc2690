package io.ebmspark.core.training;

import io.ebmspark.core.data.FloatArrays;
import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.engine.ProcessMemory;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The total of consecutive shards in a step, to be joined with that of the shards after them; its
 * bits are those of a {@link ShardTree}, however the shards were cut into runs.
 */
public final class StepTotal implements Serializable {
  private static final long serialVersionUID = 2;

  private final int firstShard;
  private transient ShardTree<StepSums> tree;
  private final ArrayList<ChainEnds> chainEnds = new ArrayList<>();
  private final TreeMap<String, ProcessMemory> memory = new TreeMap<>();
  private @Nullable String problem;
  private transient @Nullable StepSums whole;

  /** An empty total; the first shard to be added is {@code firstShard}. */
  public StepTotal(int firstShard) {
    this.firstShard = firstShard;
    this.tree = new ShardTree<>(firstShard, StepSums::plus);
  }

  /** Adds the next shard and takes over its arrays. */
  void add(StepSums sums) {
    add(new ShardTree.Node<>(0, sums));
  }

  /** Adds the next shards, of which this is a whole subtree, and takes over its arrays. */
  void add(ShardTree.Node<StepSums> subtree) {
    if (whole != null) {
      throw new IllegalStateException("the total has already been taken");
    }
    tree.add(subtree);
  }

  /** Records where chains of the last shard ended. */
  void add(ChainEnds ends) {
    chainEnds.add(ends);
  }

  /** Records the memory of a process that works on these shards. */
  void add(ProcessMemory now) {
    memory.put(now.process(), now);
  }

  /** Records what is not finite in a shard; the first report is kept. */
  void report(String what, int shard) {
    if (problem == null) {
      problem = what + " (shard " + shard + ")";
    }
  }

  /**
   * Adds the total of the shards that follow this one's. It is consumed: its arrays now belong to
   * this one.
   *
   * @throws IllegalArgumentException if it does not begin where this one ends
   */
  public void append(StepTotal next) {
    if (next.firstShard != endShard()) {
      throw new IllegalArgumentException(
          "shard " + next.firstShard + " does not follow a run that ends before " + endShard());
    }
    problem = problem == null ? next.problem : problem;
    chainEnds.addAll(next.chainEnds);
    memory.putAll(next.memory);
    next.tree.nodes().forEach(this::add);
  }

  /**
   * The gradients of these shards from one parameter to another, and nothing else. As they are
   * added element by element, the total of slices is the slice of the total.
   *
   * @param index of the slice, from 0
   * @param of the number of slices, of about equal length
   */
  public StepTotal slice(int index, int of) {
    return with(
        sums -> {
          long length = sums.gradient().length;
          int from = (int) (length * index / of);
          int to = (int) (length * (index + 1) / of);
          float[] slice = Arrays.copyOfRange(sums.gradient(), from, to);
          return new StepSums(sums.rows(), 0, slice, Map.of());
        });
  }

  /** All that a slice has not: losses, reports, chains, memory, a problem. Arrays are shared. */
  public StepTotal withoutGradients() {
    StepTotal rest =
        with(sums -> new StepSums(sums.rows(), sums.loss(), new float[0], sums.report()));
    rest.chainEnds.addAll(chainEnds);
    rest.memory.putAll(memory);
    rest.problem = problem;
    return rest;
  }

  private StepTotal with(UnaryOperator<StepSums> change) {
    StepTotal changed = new StepTotal(firstShard);
    tree.nodes()
        .forEach(node -> changed.add(new ShardTree.Node<>(node.level(), change.apply(node.sum()))));
    return changed;
  }

  /**
   * Makes a total {@link #withoutGradients} whole. Nothing can be added afterwards.
   *
   * @param gradients the gradients of its slices, in their order
   */
  public void complete(List<float[]> gradients) {
    StepSums rest = whole();
    whole = new StepSums(rest.rows(), rest.loss(), Vectors.joined(gradients), rest.report());
  }

  /** The first shard. */
  public int firstShard() {
    return firstShard;
  }

  /** The shard after the last. */
  public int endShard() {
    return tree.end();
  }

  /** The number of shards. */
  public int shards() {
    return endShard() - firstShard;
  }

  /** The number of gradient vectors that are not yet joined. */
  int nodes() {
    return tree.nodes().size();
  }

  /** The number of floats in all gradients and chains, which is most of its size. */
  public long values() {
    long values = 0;
    for (ShardTree.Node<StepSums> node : tree.nodes()) {
      values += node.sum().gradient().length;
    }
    for (ChainEnds ends : chainEnds) {
      values += ends.states().length + ends.positions().length;
    }
    return values;
  }

  /** The number of rows summed over. */
  public long rows() {
    // Counts stay valid when the arrays are consumed.
    return tree.nodes().stream().mapToLong(node -> node.sum().rows()).sum();
  }

  /** The sum of the gradients, if this is the total of all shards; not copied. */
  public float[] gradient() {
    return whole().gradient();
  }

  /** What was not finite in the first shard where anything was; null if nothing. */
  public @Nullable String problem() {
    return problem;
  }

  /** Where the chains of a replay buffer ended. */
  List<ChainEnds> chainEnds() {
    return Collections.unmodifiableList(chainEnds);
  }

  /** The memory of the processes that reported it, by name. */
  Map<String, ProcessMemory> memory() {
    return Collections.unmodifiableMap(memory);
  }

  /**
   * The sums over all shards, if this is the total of all. Nothing can be added afterwards.
   *
   * @throws IllegalStateException if the first shards are missing
   */
  StepSums whole() {
    if (firstShard != 0) {
      throw new IllegalStateException("shards before " + firstShard + " are missing");
    }
    if (whole == null) {
      whole = tree.whole(StepSums.NONE);
    }
    return whole;
  }

  @Serial
  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    out.writeInt(tree.nodes().size());
    for (ShardTree.Node<StepSums> node : tree.nodes()) {
      out.writeInt(node.level());
      out.writeLong(node.sum().rows());
      out.writeDouble(node.sum().loss());
      FloatArrays.write(out, node.sum().gradient());
      out.writeObject(new TreeMap<>(node.sum().report()));
    }
  }

  @Serial
  @SuppressWarnings("unchecked") // what writeObject wrote
  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    tree = new ShardTree<>(firstShard, StepSums::plus);
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      int level = in.readInt();
      long rows = in.readLong();
      double loss = in.readDouble();
      float[] gradient = FloatArrays.read(in);
      Map<String, Double> report = (Map<String, Double>) in.readObject();
      tree.add(new ShardTree.Node<>(level, new StepSums(rows, loss, gradient, report)));
    }
  }
}
