package io.ebmspark.spark.score;

import io.ebmspark.spark.data.InternalRows;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.ModelInput;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.rdd.InputFileBlockHolder;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;

/** What tasks need to know about rows: where their features are, and how messages name a row. */
final class RowsToScore implements Serializable {
  private static final long serialVersionUID = 1;

  /** The table's own columns, then features computed from them. */
  final StructType schema;

  final FeatureExtractor features;
  final MissingValues missing;

  private final String[] key;

  RowsToScore(ModelInput input, ScoringSettings settings) {
    this.schema = input.rows().schema();
    this.features = input.extractor();
    this.missing = settings.missing();
    this.key = settings.key().toArray(String[]::new);
  }

  /** Identifies a row to the user: by its key and the file being read. */
  String describe(InternalRow row) {
    List<String> parts = new ArrayList<>();
    for (String column : key) {
      int place = schema.fieldIndex(column);
      parts.add(
          column + "=" + InternalRows.external(row, place, schema.fields()[place].dataType()));
    }
    String file = InputFileBlockHolder.getInputFilePath().toString();
    if (!file.isEmpty()) {
      parts.add("in " + file);
    }
    return parts.isEmpty() ? "a row" : "a row (" + String.join(" ", parts) + ")";
  }
}
