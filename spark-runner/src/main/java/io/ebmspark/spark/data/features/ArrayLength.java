package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.read.TableReader;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The length of the arrays of a table whose features are one column of them. */
public final class ArrayLength {
  private ArrayLength() {}

  /**
   * The length of the first array; empty if there is none.
   *
   * @param features the one column
   * @throws io.ebmspark.spark.data.DataException if the table cannot be read
   */
  public static OptionalInt of(Dataset<Row> table, Features features, SourceSettings source) {
    Dataset<Row> selected = table.select(features.selection());
    Column array = Features.quoted(features.columns().get(0));
    List<Row> first;
    try {
      first = selected.where(array.isNotNull()).takeAsList(1);
    } catch (Exception e) { // Scala declares nothing checked.
      throw TableReader.whileReading(source, e);
    }
    return first.isEmpty() ? OptionalInt.empty() : OptionalInt.of(length(first.get(0)));
  }

  private static int length(Row row) {
    return row.get(0) instanceof Vector vector ? vector.size() : row.getList(0).size();
  }
}
