package io.ebmspark.spark.check;

import io.ebmspark.spark.data.ColumnSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.StoredType;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.features.ColumnTypes;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.features.ModelInput;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A table's columns compared with those a model was trained on.
 *
 * @param problems differences that would change the features
 * @param changes differences that leave the features as they were
 * @param left the features still present; empty if there are none
 */
record SchemaFindings(List<String> problems, List<String> changes, Optional<Features> left) {
  /** Compares schemas, without reading rows. */
  static SchemaFindings of(Dataset<Row> table, Champion champion, DataSettings data) {
    Features features = champion.features();
    StructType schema = table.schema();
    List<String> problems = new ArrayList<>();
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < features.columns().size(); i++) {
      String name = features.columns().get(i);
      Optional<DataType> type = type(table, features, name);
      boolean fits =
          type.filter(
                  found ->
                      features.isArray()
                          ? ColumnTypes.isArray(found)
                          : ColumnTypes.fits(found, features.kind(name)))
              .isPresent();
      if (fits) {
        kept.add(i);
      } else if (type.isPresent()) {
        problems.add(name + " is " + type.get().simpleString() + now(features, name));
      } else {
        problems.add(missing(features, name, List.of(schema.fieldNames())));
      }
    }
    champion.profile().ifPresent(profile -> problems.addAll(added(schema, profile, data)));
    return new SchemaFindings(problems, changes(schema, features), left(features, kept));
  }

  private static Optional<DataType> type(Dataset<Row> table, Features features, String name) {
    String expression = features.expressions().get(name);
    if (expression != null) {
      try {
        return Optional.of(
            table.select(functions.expr(expression)).schema().fields()[0].dataType());
      } catch (Exception e) {
        // Scala declares no checked exceptions. Its inputs are missing.
        return Optional.empty();
      }
    }
    return Arrays.stream(table.schema().fields())
        .filter(field -> field.name().equals(name))
        .map(StructField::dataType)
        .findFirst();
  }

  private static String now(Features features, String name) {
    String before = features.types().get(name);
    return before == null ? "" : ", but was " + before;
  }

  private static String missing(Features features, String name, List<String> known) {
    return features.expressions().containsKey(name)
        ? name + " can no longer be computed"
        : Names.withSuggestion(name, known) + " is missing";
  }

  /** New columns that match the patterns of features. */
  private static List<String> added(StructType schema, DataProfile profile, DataSettings data) {
    return Arrays.stream(schema.fields())
        .filter(field -> !profile.schema().containsKey(field.name()))
        .filter(field -> isFeature(field, data))
        .map(StructField::name)
        .filter(name -> anyFits(data.features(), name) && !anyFits(data.exclude(), name))
        .map(name -> name + " is new, and would be an additional feature")
        .toList();
  }

  private static boolean isFeature(StructField field, DataSettings data) {
    Optional<ColumnKind> kind = ColumnTypes.kind(field.dataType());
    boolean isDate = data.column(field.name()).as() == ColumnSettings.Use.DATE;
    return kind.isPresent() && (kind.get() != ColumnKind.TIME || isDate);
  }

  private static boolean anyFits(List<String> patterns, String name) {
    return patterns.stream()
        .anyMatch(
            pattern ->
                pattern.equals(name)
                    || (Names.isPattern(pattern) && Names.anyMatches(pattern, List.of(name))));
  }

  private static List<String> changes(StructType schema, Features features) {
    List<String> changes = new ArrayList<>();
    features
        .types()
        .forEach(
            (name, before) -> {
              if (schema.getFieldIndex(name).isDefined()) {
                DataType type = schema.apply(name).dataType();
                String now = StoredType.of(type);
                // A file whose fractions happen to be whole numbers is read as such.
                if (!now.equals(before) && !isHeld(before, type)) {
                  changes.add(name + " is " + now + ", but was " + before);
                }
              }
            });
    return changes;
  }

  private static boolean isHeld(String before, DataType now) {
    return StoredType.read(before).filter(type -> ModelInput.holds(type, now)).isPresent();
  }

  private static Optional<Features> left(Features features, List<Integer> kept) {
    if (kept.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        features.isArray()
            ? features
            : features.keep(kept.stream().mapToInt(Integer::intValue).toArray()));
  }

  /** The judgement; empty if the check is off. */
  Optional<Judgement> judge(CheckSettings.SchemaCheck check) {
    if (check.action() == Action.OFF) {
      return Optional.empty();
    }
    List<String> all = Stream.concat(problems.stream(), changes.stream()).distinct().toList();
    Status status = Status.PASSED;
    if (!problems.isEmpty() && check.action() == Action.STOP) {
      status = Status.FAILED;
    } else if (!all.isEmpty()) {
      status = Status.WARNED;
    }
    String message =
        all.isEmpty()
            ? "the columns are those the model was trained on"
            : "columns differ from those the model was trained on: "
                + String.join("; ", all.subList(0, Math.min(10, all.size())))
                + (all.size() > 10 ? "; and " + (all.size() - 10) + " more" : "")
                + "; fix the table, or train a first version anew if this is intended";
    return Optional.of(
        new Judgement(
            DataChecks.SCHEMA,
            Optional.empty(),
            status,
            Optional.of((double) all.size()),
            Optional.of(0.0),
            message));
  }
}
