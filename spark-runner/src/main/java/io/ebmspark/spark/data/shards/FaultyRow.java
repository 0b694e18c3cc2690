package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.features.ColumnTypes;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.read.TableReader;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;

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
    Column value = features.selection()[features.isArray() ? 0 : i];
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
    Column array = features.selection()[0];
    DataType type = table.select(array).schema().fields()[0].dataType();
    return first(functions.size(ColumnTypes.numbers(array, type)).notEqual(features.width()));
  }

  private String first(Column condition) {
    List<Column> columns =
        new ArrayList<>(List.of(TableReader.fileName(table).orElse(functions.lit(""))));
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
