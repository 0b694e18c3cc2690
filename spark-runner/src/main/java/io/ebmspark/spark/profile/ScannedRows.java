package io.ebmspark.spark.profile;

import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.RowValues;
import io.ebmspark.spark.data.shards.RowKey;
import java.util.Iterator;
import scala.Tuple2;

/** The rows of a part of a table as a scan sees them, one after the other. */
abstract class ScannedRows {
  /** Rows as they are read. */
  static ScannedRows of(RowValues rows, FeatureExtractor extractor) {
    return new OfSource(rows, extractor);
  }

  /** Rows that were read before, each with its count, and good until the next; without text. */
  static ScannedRows of(Iterator<Tuple2<RowKey, Long>> rows) {
    return new OfKeys(rows);
  }

  abstract boolean hasNext();

  /** Goes on to the next row. */
  abstract void next();

  /** The row's values; good until the next. */
  abstract double[] values();

  /** The row's key; good until the next. */
  abstract RowKey key();

  /** How often the row is there. */
  abstract long copies();

  abstract boolean hasWrongLength();

  /** What the value at a place is called, where it is text. */
  abstract String text(int place);

  private static final class OfSource extends ScannedRows {
    private final RowValues rows;
    private final FeatureExtractor extractor;

    OfSource(RowValues rows, FeatureExtractor extractor) {
      this.rows = rows;
      this.extractor = extractor;
    }

    @Override
    boolean hasNext() {
      return rows.hasNext();
    }

    @Override
    void next() {
      rows.next();
    }

    @Override
    double[] values() {
      return rows.values();
    }

    @Override
    RowKey key() {
      return RowKey.of(rows.values());
    }

    @Override
    long copies() {
      return 1;
    }

    @Override
    boolean hasWrongLength() {
      return rows.wrongLength() >= 0;
    }

    @Override
    String text(int place) {
      return String.valueOf(extractor.text(rows.row(), place));
    }
  }

  private static final class OfKeys extends ScannedRows {
    private final Iterator<Tuple2<RowKey, Long>> rows;
    private RowKey key = RowKey.of(new double[0]);
    private long copies;

    OfKeys(Iterator<Tuple2<RowKey, Long>> rows) {
      this.rows = rows;
    }

    @Override
    boolean hasNext() {
      return rows.hasNext();
    }

    @Override
    void next() {
      Tuple2<RowKey, Long> row = rows.next();
      key = row._1;
      copies = row._2;
    }

    @Override
    double[] values() {
      return key.values();
    }

    @Override
    RowKey key() {
      return key;
    }

    @Override
    long copies() {
      return copies;
    }

    @Override
    boolean hasWrongLength() {
      return false;
    }

    @Override
    String text(int place) {
      throw new UnsupportedOperationException("keys hold no text");
    }
  }
}
