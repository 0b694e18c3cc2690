package io.ebmspark.spark.score;

import io.ebmspark.spark.data.InternalRows;
import io.ebmspark.spark.record.UnusualRow;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Rows that are counted as they pass by. */
final class TalliedRows implements Iterator<InternalRow> {
  private static final int LONGEST_VALUE = 60;

  /** Such as the ends of lines, which would break a table. */
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private final Iterator<InternalRow> rows;
  private final Format format;
  private final Tally tally;

  /** Where the columns are; −1 for those that there are not. */
  static final class Format implements Serializable {
    private static final long serialVersionUID = 1;

    final int energy;
    final int pValue;
    final int flag;
    final int reasons;

    /** What a reason is made of. */
    private final int reasonFields;

    private final int[] shown;
    private final DataType[] types;

    Format(StructType schema, Tally.Columns columns) {
      this.energy = schema.fieldIndex(columns.energy());
      this.pValue = columns.pValue().map(schema::fieldIndex).orElse(-1);
      this.flag = columns.flag().map(schema::fieldIndex).orElse(-1);
      this.reasons = columns.reasons().map(schema::fieldIndex).orElse(-1);
      this.reasonFields = reasons < 0 ? 0 : fields(schema.fields()[reasons].dataType());
      this.shown = columns.shown().stream().mapToInt(schema::fieldIndex).toArray();
      this.types = new DataType[shown.length];
      for (int i = 0; i < shown.length; i++) {
        types[i] = schema.fields()[shown[i]].dataType();
      }
    }

    private static int fields(DataType reasons) {
      return ((StructType) ((ArrayType) reasons).elementType()).length();
    }

    HighRow high(InternalRow row) {
      List<String> values = new ArrayList<>();
      for (int i = 0; i < shown.length; i++) {
        values.add(text(InternalRows.external(row, shown[i], types[i])));
      }
      Double p = pValue < 0 || row.isNullAt(pValue) ? null : row.getDouble(pValue);
      return new HighRow(row.getDouble(energy), p, values, reasons(row));
    }

    private List<UnusualRow.Reason> reasons(InternalRow row) {
      List<UnusualRow.Reason> found = new ArrayList<>();
      if (reasons >= 0 && !row.isNullAt(reasons)) {
        ArrayData all = row.getArray(reasons);
        for (int i = 0; i < all.numElements(); i++) {
          InternalRow reason = all.getStruct(i, reasonFields);
          found.add(
              new UnusualRow.Reason(
                  reason.getUTF8String(0).toString(),
                  reason.getDouble(1),
                  text(reason.isNullAt(2) ? null : reason.getUTF8String(2))));
        }
      }
      return found;
    }

    /** One line, as long as it may be, the same for the same value. */
    private static String text(@Nullable Object value) {
      String text =
          value instanceof byte[] bytes
              ? HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, LONGEST_VALUE))
              : String.valueOf(value);
      if (text.length() > LONGEST_VALUE) {
        boolean cutsPair = Character.isHighSurrogate(text.charAt(LONGEST_VALUE - 2));
        text = text.substring(0, LONGEST_VALUE - (cutsPair ? 2 : 1)) + "…";
      }
      return CONTROL.matcher(text).replaceAll(" ");
    }
  }

  TalliedRows(Iterator<InternalRow> rows, Format format, Tally tally) {
    this.rows = rows;
    this.format = format;
    this.tally = tally;
  }

  @Override
  public boolean hasNext() {
    return rows.hasNext();
  }

  @Override
  public InternalRow next() {
    InternalRow row = rows.next();
    boolean isScored = !row.isNullAt(format.energy);
    tally.count(
        isScored, format.flag >= 0 && !row.isNullAt(format.flag) && row.getBoolean(format.flag));
    if (isScored && tally.takes(row.getDouble(format.energy))) {
      tally.add(format.high(row));
    }
    return row;
  }
}
