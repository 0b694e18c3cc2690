package io.ebmspark.core.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * Sums over consecutive shards, added in an order that does not depend on how the shards are cut
 * into runs.
 *
 * <p>All shards are leaves of one binary tree over their numbers, {@code S(a, a + 2ᵏ) = S(a, a +
 * 2ᵏ⁻¹) + S(a + 2ᵏ⁻¹, a + 2ᵏ)} for every a that 2ᵏ divides. This holds the sums of the largest
 * complete subtrees of its run, at most two of each size, and adds two as soon as they are
 * siblings. So every bit of the result is that of the tree, in whatever order neighbouring runs are
 * joined.
 *
 * @param <T> what is added, in native memory or in Java's
 */
final class ShardTree<T> {
  private final BinaryOperator<T> plus;
  private final List<Node<T>> nodes = new ArrayList<>();
  private final int first;
  private int end;

  /** The sum of the subtree over 2^level shards. */
  record Node<T>(int level, T sum) {}

  /**
   * No shards yet.
   *
   * @param first the first shard to be added
   * @param plus the sum of two siblings, which may consume both
   */
  ShardTree(int first, BinaryOperator<T> plus) {
    this.first = first;
    this.end = first;
    this.plus = plus;
  }

  /** Adds the next shard. */
  void add(T sum) {
    add(new Node<>(0, sum));
  }

  /** Adds the next shards, of which this is a whole subtree. */
  void add(Node<T> subtree) {
    Node<T> node = subtree;
    end = Math.addExact(end, 1 << node.level);
    while (!nodes.isEmpty() && isRight(node)) {
      Node<T> left = nodes.remove(nodes.size() - 1);
      node = new Node<>(node.level + 1, plus.apply(left.sum, node.sum));
    }
    nodes.add(node);
  }

  /** Whether a node at the end of the run is the right sibling of the one before it. */
  private boolean isRight(Node<T> node) {
    int start = end - (1 << node.level);
    return nodes.get(nodes.size() - 1).level == node.level && (start >> node.level) % 2 == 1;
  }

  /** The first shard. */
  int first() {
    return first;
  }

  /** The shard after the last. */
  int end() {
    return end;
  }

  /** The subtrees, from left to right. */
  List<Node<T>> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /**
   * The sum of the whole tree, if this has all of its shards.
   *
   * @param none the sum of no shards
   */
  T whole(T none) {
    // Leaves beyond the last shard are empty, so the rightmost subtrees are joined first.
    T sum = none;
    for (int i = nodes.size() - 1; i >= 0; i--) {
      sum = plus.apply(nodes.get(i).sum, sum);
    }
    return sum;
  }
}
