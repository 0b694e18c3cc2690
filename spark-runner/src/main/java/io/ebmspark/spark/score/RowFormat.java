package io.ebmspark.spark.score;

import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.ModelInput;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.rdd.InputFileBlockHolder;
import org.apache.spark.sql.Row;

/** What tasks need to know about rows: where their features are, and how messages name a row. */
final class RowFormat implements Serializable {
  private static final long serialVersionUID = 1;

  final FeatureExtractor features;
  final MissingValues missing;

  /** The number of the table's own columns, which come first. */
  final int columns;

  private final String[] key;
  private final int[] keyPositions;

  RowFormat(ModelInput input, ScoringSettings settings) {
    this.features = input.extractor();
    this.missing = settings.missing();
    this.columns = input.schema().length();
    this.key = settings.key().toArray(String[]::new);
    this.keyPositions = settings.key().stream().mapToInt(input.schema()::fieldIndex).toArray();
  }

  /** Identifies a row to the user: by its key and the file being read. */
  String describe(Row row) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < key.length; i++) {
      parts.add(key[i] + "=" + row.get(keyPositions[i]));
    }
    String file = InputFileBlockHolder.getInputFilePath().toString();
    if (!file.isEmpty()) {
      parts.add("in " + file);
    }
    return parts.isEmpty() ? "a row" : "a row (" + String.join(" ", parts) + ")";
  }
}
