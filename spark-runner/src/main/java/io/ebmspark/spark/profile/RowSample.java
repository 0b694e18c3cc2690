package io.ebmspark.spark.profile;

import io.ebmspark.spark.data.shards.RowKey;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows whose contents have the lowest hashes: a random sample that is the same however the rows
 * are stored or read. Copies of a row are all in it or all out of it, but for the last content.
 */
final class RowSample implements Serializable {
  private static final long serialVersionUID = 1;
  private static final RowKey.Order ORDER = new RowKey.Order();

  private final int most;
  private List<RowKey> rows = new ArrayList<>();

  /** The highest hash that may still get in. */
  private long threshold = -1;

  RowSample(int most) {
    this.most = most;
  }

  /** Whether a row of this hash may be of the sample. */
  boolean takes(long hash) {
    return Long.compareUnsigned(hash, threshold) <= 0;
  }

  void add(RowKey row) {
    rows.add(row);
    if (rows.size() >= 2 * most) {
      trim();
    }
  }

  void merge(RowSample other) {
    rows.addAll(other.rows);
    trim();
  }

  private void trim() {
    rows.sort(ORDER);
    if (rows.size() > most) {
      rows = new ArrayList<>(rows.subList(0, most));
    }
    if (rows.size() == most) {
      threshold = rows.get(most - 1).hash();
    }
  }

  /** The rows, in the order of their hashes. */
  List<RowKey> rows() {
    trim();
    return rows;
  }
}
