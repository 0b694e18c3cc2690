package io.ebmspark.spark.data.encoding;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Reads values of one type, in Spark's own rows and arrays, as the numbers that stand for them
 * ({@link ColumnValue}).
 */
public final class ValueReader implements Serializable {
  private static final long serialVersionUID = 1;

  private enum Kind {
    BOOLEAN,
    BYTE,
    SHORT,
    INT,
    LONG,
    FLOAT,
    DOUBLE,
    DECIMAL,
    TEXT,
    TIME
  }

  private final Kind kind;

  /** Precision and scale of a decimal; 0 for other kinds. */
  private final int precision;

  private final int scale;

  private ValueReader(Kind kind, int precision, int scale) {
    this.kind = kind;
    this.precision = precision;
    this.scale = scale;
  }

  /**
   * A reader.
   *
   * @param type of numbers, booleans, text, dates, or times without a zone
   */
  public static ValueReader of(DataType type) {
    return type instanceof DecimalType decimal
        ? new ValueReader(Kind.DECIMAL, decimal.precision(), decimal.scale())
        : new ValueReader(kind(type), 0, 0);
  }

  private static Kind kind(DataType type) {
    if (type instanceof BooleanType) {
      return Kind.BOOLEAN;
    }
    if (type instanceof ByteType) {
      return Kind.BYTE;
    }
    if (type instanceof ShortType) {
      return Kind.SHORT;
    }
    if (type instanceof IntegerType || type instanceof DateType) {
      return Kind.INT; // a date is its days
    }
    if (type instanceof LongType) {
      return Kind.LONG;
    }
    if (type instanceof FloatType) {
      return Kind.FLOAT;
    }
    if (type instanceof DoubleType) {
      return Kind.DOUBLE;
    }
    if (type instanceof StringType) {
      return Kind.TEXT;
    }
    if (type instanceof TimestampNTZType) {
      return Kind.TIME;
    }
    throw new IllegalArgumentException("no number stands for a value of type " + type);
  }

  /** The number of a value; NaN for one that is missing, which a blank text is too. */
  public double read(SpecializedGetters from, int place) {
    if (from.isNullAt(place)) {
      return Double.NaN;
    }
    return switch (kind) {
      case BOOLEAN -> from.getBoolean(place) ? 1 : 0;
      case BYTE -> from.getByte(place);
      case SHORT -> from.getShort(place);
      case INT -> from.getInt(place);
      case LONG -> from.getLong(place);
      case FLOAT -> from.getFloat(place);
      case DOUBLE -> from.getDouble(place);
      case DECIMAL -> from.getDecimal(place, precision, scale).toJavaBigDecimal().doubleValue();
      case TEXT -> ColumnValue.of(from.getUTF8String(place));
      case TIME -> ColumnValue.ofMicros(from.getLong(place));
    };
  }

  /**
   * Reads a column of some rows of a batch.
   *
   * @param first of the rows
   * @param into where they go, at place {@code at} of a row each
   */
  public void read(ColumnarBatch batch, int column, int first, double[][] into, int at) {
    ColumnVector values = batch.column(column);
    boolean isWhole = !values.hasNull();
    if (kind == Kind.DOUBLE && isWhole) {
      for (int row = 0; row < into.length; row++) {
        into[row][at] = values.getDouble(first + row);
      }
    } else if (kind == Kind.FLOAT && isWhole) {
      for (int row = 0; row < into.length; row++) {
        into[row][at] = values.getFloat(first + row);
      }
    } else {
      for (int row = 0; row < into.length; row++) {
        into[row][at] = read(batch.getRow(first + row), column);
      }
    }
  }
}
