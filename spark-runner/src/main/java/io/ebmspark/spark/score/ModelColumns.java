package io.ebmspark.spark.score;

import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.model.FeatureSettings;
import java.io.Serializable;
import java.util.List;
import java.util.Set;

/** The columns that a model's inputs are made of, and how their values come there and back. */
public final class ModelColumns implements Serializable {
  private static final long serialVersionUID = 1;
  private static final Set<String> WHOLE =
      Set.of("tinyint", "smallint", "int", "bigint", "boolean");

  private final String[] names;
  private final int[] first;
  private final int[] count;
  private final boolean[] whole;
  private final boolean[] isBoolean;
  private final RowEncoder encoder;

  private ModelColumns(FeatureSettings features) {
    List<FeatureSettings.Group> groups = features.groups();
    this.names = groups.stream().map(FeatureSettings.Group::column).toArray(String[]::new);
    this.first = groups.stream().mapToInt(FeatureSettings.Group::first).toArray();
    this.count = groups.stream().mapToInt(FeatureSettings.Group::count).toArray();
    this.whole = new boolean[names.length];
    this.isBoolean = new boolean[names.length];
    for (int i = 0; i < whole.length; i++) {
      whole[i] =
          !features.expressions().containsKey(names[i])
              && WHOLE.contains(features.types().getOrDefault(names[i], ""));
      isBoolean[i] = whole[i] && "boolean".equals(features.types().get(names[i]));
    }
    this.encoder = features.encoder();
  }

  /** The columns of a model. */
  public static ModelColumns of(FeatureSettings features) {
    return new ModelColumns(features);
  }

  /** The number of columns. */
  public int size() {
    return names.length;
  }

  /** The number of inputs. */
  int width() {
    return encoder.inputs();
  }

  /** A column's name; of an array, that of a place in it. */
  public String name(int column) {
    return names[column];
  }

  /** The place of a column's first input. */
  int first(int column) {
    return first[column];
  }

  /** The number of its inputs. */
  int count(int column) {
    return count[column];
  }

  /** Whether a column holds whole numbers. */
  boolean isWhole(int column) {
    return whole[column];
  }

  /** Brings a row to the model's units; what is beyond float32 there, to the farthest it holds. */
  void encode(double[] raw, float[] into, int at) {
    encoder.encode(raw, encoder.inOrder(), into, at);
    for (int i = at; i < at + encoder.inputs(); i++) {
      into[i] = Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, into[i]));
    }
  }

  /** A column's value as text, from the inputs of a row. */
  public String decode(int column, float[] inputs, int at) {
    // A whole number has all its digits: it may be one that tells things from each other.
    return whole[column] && encoder.value(column, inputs, at) instanceof Double number
        ? whole(number, isBoolean[column])
        : encoder.text(column, inputs, at);
  }

  private static String whole(double number, boolean isBoolean) {
    return isBoolean ? Boolean.toString(number > 0.5) : Long.toString(Math.round(number));
  }
}
