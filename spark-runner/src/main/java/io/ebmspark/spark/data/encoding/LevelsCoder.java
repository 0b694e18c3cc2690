package io.ebmspark.spark.data.encoding;

import java.util.List;

/** Encodes and decodes a column of values that are told apart by a list. */
abstract class LevelsCoder implements Coder {
  private static final long serialVersionUID = 1;

  final Levels levels;
  final String[] names;
  private final boolean isText;

  LevelsCoder(List<String> names, ColumnKind kind) {
    this.levels = Levels.of(names, kind);
    this.names = names.toArray(String[]::new);
    this.isText = kind == ColumnKind.TEXT;
  }

  @Override
  public boolean isOther(double value) {
    return levels.place(value) == levels.size();
  }

  /** The value of that name: a text, or a Double. */
  final Object value(String name) {
    return isText ? name : (Object) Double.parseDouble(name);
  }
}
