package io.ebmspark.spark.data;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;

/** Spark's types of columns as models store them: as text, from which they are read again. */
public final class StoredType {
  private static final String VECTOR = SQLDataTypes.VectorType().catalogString();

  private StoredType() {}

  /**
   * A type as text: Spark's own, unless a structure has fields that are no plain words, which Spark
   * writes as they are and cannot read.
   */
  public static String of(DataType type) {
    String plain = type.catalogString();
    boolean hasParts =
        type instanceof StructType || type instanceof ArrayType || type instanceof MapType;
    boolean isRead = !hasParts || read(plain).filter(type::sameType).isPresent();
    return isRead ? plain : inBackticks(type);
  }

  private static String inBackticks(DataType type) {
    if (type instanceof StructType struct) {
      return Arrays.stream(struct.fields())
          .map(field -> Names.inSql(field.name()) + ":" + inBackticks(field.dataType()))
          .collect(Collectors.joining(",", "struct<", ">"));
    }
    if (type instanceof ArrayType array) {
      return "array<" + inBackticks(array.elementType()) + ">";
    }
    return type instanceof MapType map
        ? "map<" + inBackticks(map.keyType()) + "," + inBackticks(map.valueType()) + ">"
        : type.catalogString();
  }

  /**
   * The type that a text stands for; empty for what Spark cannot read, as earlier releases stored.
   */
  public static Optional<DataType> read(String stored) {
    if (stored.equals(VECTOR)) {
      return Optional.of(SQLDataTypes.VectorType());
    }
    try {
      return Optional.of(DataType.fromDDL(stored));
    } catch (Exception e) { // Scala declares nothing checked.
      return Optional.empty();
    }
  }
}
