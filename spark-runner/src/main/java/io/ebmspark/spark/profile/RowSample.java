package io.ebmspark.spark.profile;

import io.ebmspark.spark.data.shards.RowKey;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows with the lowest content hashes: a random sample that is the same however the rows are
 * stored or read. Copies of a row are either all in it or all out, except perhaps for the last
 * row's.
 */
final class RowSample implements Serializable {
  private static final long serialVersionUID = 1;
  private static final RowKey.Order ORDER = new RowKey.Order();

  private final int most;
  private List<RowKey> rows = new ArrayList<>();

  /** The highest hash that may still enter, unsigned. */
  private long threshold = -1;

  RowSample(int most) {
    this.most = most;
  }

  /** Whether a row with this hash may be in the sample. */
  boolean takes(long hash) {
    return Long.compareUnsigned(hash, threshold) <= 0;
  }

  /** Adds a row that is there so many times. */
  void add(RowKey row, long copies) {
    for (long i = 0; i < Math.min(copies, most); i++) {
      rows.add(row);
    }
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
