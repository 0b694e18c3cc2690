package io.ebmspark.core.training;

import io.ebmspark.core.data.FloatArrays;
import io.ebmspark.core.engine.ProcessMemory;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The total of consecutive shards in a step, to be joined with that of the shards after them.
 *
 * <p>All shards are leaves of one binary tree over their numbers, {@code S(a, a + 2ᵏ) = S(a, a +
 * 2ᵏ⁻¹) + S(a + 2ᵏ⁻¹, a + 2ᵏ)} for every a that 2ᵏ divides. A total holds the sums of the largest
 * complete subtrees of its run, at most two of each size, and adds two as soon as they are
 * siblings. So every bit of the result is that of the tree, however the shards are cut into runs,
 * and in whatever order neighbours are joined.
 */
public final class StepTotal implements Serializable {
  private static final long serialVersionUID = 1;

  /** The sums of the subtree over 2^level shards. */
  private record Node(int level, StepSums sums) {}

  private final int firstShard;
  private transient ArrayList<Node> nodes = new ArrayList<>();
  private final ArrayList<ChainEnds> chainEnds = new ArrayList<>();
  private final TreeMap<String, ProcessMemory> memory = new TreeMap<>();
  private transient float[] spare = new float[0];
  private int endShard;
  private @Nullable String problem;
  private transient @Nullable StepSums whole;

  /** An empty total; the first shard to be added is {@code firstShard}. */
  public StepTotal(int firstShard) {
    this.firstShard = firstShard;
    this.endShard = firstShard;
  }

  /** Adds the next shard and takes over its arrays. */
  void add(StepSums sums) {
    push(new Node(0, sums));
  }

  /** An array of a gradient's length for the next shard: one that a sum has freed, if any has. */
  float[] spare(int length) {
    float[] taken = spare.length == length ? spare : new float[length];
    spare = new float[0];
    return taken;
  }

  /** Gives back what {@link #spare} gave. */
  void returned(float[] unused) {
    spare = unused;
  }

  /** Records where chains of the last shard ended. */
  void add(ChainEnds ends) {
    chainEnds.add(ends);
  }

  /** Records the memory of a process that works on these shards. */
  void add(ProcessMemory now) {
    memory.put(now.process(), now);
  }

  /** Records what is not finite in the shard to be added next; the first report is kept. */
  void report(String what) {
    if (problem == null) {
      problem = what + " (shard " + endShard + ")";
    }
  }

  /**
   * Adds the total of the shards that follow this one's. It is consumed: its arrays now belong to
   * this one.
   *
   * @throws IllegalArgumentException if it does not begin where this one ends
   */
  public void append(StepTotal next) {
    if (next.firstShard != endShard) {
      throw new IllegalArgumentException(
          "shard " + next.firstShard + " does not follow a run that ends before " + endShard);
    }
    problem = problem == null ? next.problem : problem;
    chainEnds.addAll(next.chainEnds);
    memory.putAll(next.memory);
    next.nodes.forEach(this::push);
  }

  private void push(Node pushed) {
    if (whole != null) {
      throw new IllegalStateException("the total has already been taken");
    }
    Node node = pushed;
    endShard = Math.addExact(endShard, 1 << node.level);
    while (!nodes.isEmpty() && isRight(node)) {
      Node left = nodes.remove(nodes.size() - 1);
      node = new Node(node.level + 1, joined(left.sums, node.sums));
    }
    nodes.add(node);
  }

  private StepSums joined(StepSums left, StepSums right) {
    if (left.rows() > 0 && right.rows() > 0) {
      spare = right.gradient();
    }
    return left.plus(right);
  }

  /** Whether a node at the end of the run is the right sibling of the one before it. */
  private boolean isRight(Node node) {
    int start = endShard - (1 << node.level);
    return nodes.get(nodes.size() - 1).level == node.level && (start >> node.level) % 2 == 1;
  }

  /** The first shard. */
  public int firstShard() {
    return firstShard;
  }

  /** The shard after the last. */
  public int endShard() {
    return endShard;
  }

  /** The number of shards. */
  public int shards() {
    return endShard - firstShard;
  }

  /** The number of gradient vectors that are not yet joined. */
  int nodes() {
    return nodes.size();
  }

  /** The number of floats in all gradients and chains, which is most of its size. */
  public long values() {
    long values = 0;
    for (Node node : nodes) {
      values += node.sums.gradient().length;
    }
    for (ChainEnds ends : chainEnds) {
      values += ends.states().length + ends.positions().length;
    }
    return values;
  }

  /** The number of rows summed over. */
  public long rows() {
    // Counts stay valid when the arrays are consumed.
    return nodes.stream().mapToLong(node -> node.sums.rows()).sum();
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
      // Leaves beyond the last shard are empty, so the rightmost subtrees are joined first.
      StepSums sums = StepSums.NONE;
      for (int i = nodes.size() - 1; i >= 0; i--) {
        sums = nodes.get(i).sums.plus(sums);
      }
      whole = sums;
      spare = new float[0];
    }
    return whole;
  }

  @Serial
  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    out.writeInt(nodes.size());
    for (Node node : nodes) {
      out.writeInt(node.level);
      out.writeLong(node.sums.rows());
      out.writeDouble(node.sums.loss());
      FloatArrays.write(out, node.sums.gradient());
      out.writeObject(new TreeMap<>(node.sums.report()));
    }
  }

  @Serial
  @SuppressWarnings("unchecked") // what writeObject wrote
  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    spare = new float[0];
    nodes = new ArrayList<>();
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      int level = in.readInt();
      long rows = in.readLong();
      double loss = in.readDouble();
      float[] gradient = FloatArrays.read(in);
      Map<String, Double> report = (Map<String, Double>) in.readObject();
      nodes.add(new Node(level, new StepSums(rows, loss, gradient, report)));
    }
  }
}
