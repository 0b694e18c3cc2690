package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.objective.LevelInputs;
import io.ebmspark.spark.data.encoding.Categorical;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.encoding.Numeric;
import io.ebmspark.spark.data.encoding.RowEncoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.types.DataTypes;

/**
 * The features of a model and their scaling. A table can be converted to another model's units, so
 * that the model's weights keep their meaning.
 *
 * @param features their names, in the model's order; those of an array are like {@code pixels[0]}
 * @param encodings of those that are no plain numbers, by name
 * @param scaling of the inputs that features make, one or more each
 * @param means of each input: what is put in where a value is missing
 */
public record Units(
    List<String> features,
    Map<String, Encoding> encodings,
    FeatureScaling scaling,
    double[] means) {
  private static final String BOOLEAN = DataTypes.BooleanType.catalogString();

  public Units {
    features = List.copyOf(features);
    encodings = Collections.unmodifiableMap(new LinkedHashMap<>(encodings));
    int inputs = RowEncoder.places(features, encodings)[features.size()];
    if (inputs != scaling.width() || inputs != means.length) {
      throw new IllegalArgumentException(
          inputs + " inputs, " + scaling.width() + " scales and " + means.length + " means");
    }
  }

  /** Units of features that are all plain numbers. */
  public Units(List<String> features, FeatureScaling scaling, double[] means) {
    this(features, Map.of(), scaling, means);
  }

  /** The features without which a row has no inputs: none of theirs tells that one is missing. */
  Set<String> needed() {
    return features.stream()
        .filter(name -> !encodings.containsKey(name) || !encodings.get(name).takesMissing())
        .collect(Collectors.toSet());
  }

  /** What the values of a feature are. */
  ColumnKind kind(String feature) {
    Encoding encoding = encodings.get(feature);
    return encoding == null ? ColumnKind.NUMBER : encoding.kind();
  }

  /** What brings rows to these units. */
  public RowEncoder encoder() {
    return new RowEncoder(features, encodings, scaling, means);
  }

  /**
   * The inputs that hold the levels of a column, those that are true or false, and those that tell
   * whether a number is missing.
   *
   * @param types Spark's, of columns by name
   */
  public List<LevelInputs> levels(Map<String, String> types) {
    int[] places = RowEncoder.places(features, encodings);
    List<LevelInputs> levels = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      String name = features.get(i);
      Encoding encoding = encodings.get(name);
      if (encoding instanceof Categorical) {
        levels.add(levels(places[i], places[i + 1]));
        continue;
      }
      if (BOOLEAN.equals(types.get(name))) {
        levels.add(levels(places[i], places[i] + 1));
      }
      if (encoding instanceof Numeric number && number.indicator()) {
        levels.add(levels(places[i] + 1, places[i + 1]));
      }
    }
    return levels;
  }

  private LevelInputs levels(int first, int end) {
    return new LevelInputs(
        first,
        IntStream.range(first, end).mapToObj(i -> (double) scaling.toModel(i, 0)).toList(),
        IntStream.range(first, end).mapToObj(i -> (double) scaling.toModel(i, 1)).toList());
  }

  /** A name for each input. */
  public List<String> inputNames() {
    if (encodings.isEmpty()) {
      return features;
    }
    return features.stream()
        .flatMap(
            name -> {
              Encoding encoding = encodings.get(name);
              return encoding == null
                  ? java.util.stream.Stream.of(name)
                  : encoding.inputNames(name).stream();
            })
        .toList();
  }
}
