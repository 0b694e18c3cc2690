package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.features.Features;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Names a faulty row, once there is known to be one, by its file and key. */
final class FaultyRow {
  private final Dataset<Row> table;
  private final Features features;
  private final List<String> key;

  FaultyRow(Dataset<Row> table, Features features, DataSettings settings) {
    this.table = table;
    this.features = features;
    this.key = settings.source().key().stream().filter(List.of(table.columns())::contains).toList();
  }

  /**
   * A row whose feature {@code i} is not a finite number, as a clause for a message; empty if none
   * can be named.
   */
  String lacking(int i) {
    Column value =
        features.isArray() ? Features.quoted(features.columns().get(0)) : features.selection()[i];
    Column isMissing = value.isNull();
    if (!features.isArray() && features.kind(features.columns().get(i)) == ColumnKind.NUMBER) {
      Column number = value.cast("double");
      isMissing =
          isMissing.or(number.isNaN()).or(functions.abs(number).equalTo(Double.POSITIVE_INFINITY));
    }
    return first(isMissing);
  }

  /** A row whose array has the wrong length, likewise. */
  String withWrongLength() {
    try {
      return first(
          functions.size(Features.quoted(features.columns().get(0))).notEqual(features.width()));
    } catch (RuntimeException e) {
      return ""; // vectors have no size in SQL
    }
  }

  private String first(Column condition) {
    List<Column> columns = new ArrayList<>(List.of(functions.input_file_name()));
    key.forEach(name -> columns.add(Features.quoted(name).cast("string")));
    List<Row> rows = table.where(condition).select(columns.toArray(Column[]::new)).takeAsList(1);
    if (rows.isEmpty()) {
      return "";
    }
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < key.size(); i++) {
      parts.add(key.get(i) + "=" + rows.get(0).get(i + 1));
    }
    String file = rows.get(0).getString(0);
    if (!file.isEmpty()) {
      parts.add("in " + file);
    }
    return parts.isEmpty() ? "" : ", one of them " + String.join(" ", parts);
  }
}
