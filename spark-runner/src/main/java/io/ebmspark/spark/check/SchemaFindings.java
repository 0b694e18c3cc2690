package io.ebmspark.spark.check;

import io.ebmspark.spark.data.ColumnSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Names;
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
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What a table's columns are, beside those a model was trained on.
 *
 * @param problems that leave the model, or a new one, with other features
 * @param changes that leave the features what they were
 * @param left the features that are there; empty where there is none
 */
record SchemaFindings(List<String> problems, List<String> changes, Optional<Features> left) {
  /** Compares; reads no row. */
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
        // Scala declares nothing checked. What it is computed from is not there.
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
    return before == null ? " now" : " now, and was " + before;
  }

  private static String missing(Features features, String name, List<String> known) {
    return features.expressions().containsKey(name)
        ? name + " cannot be computed any more"
        : Names.withSuggestion(name, known) + " is missing";
  }

  /** Columns that were not there, and that the patterns of features take along. */
  private static List<String> added(StructType schema, DataProfile profile, DataSettings data) {
    return Arrays.stream(schema.fields())
        .filter(field -> !profile.schema().containsKey(field.name()))
        .filter(field -> isFeature(field, data))
        .map(StructField::name)
        .filter(name -> anyFits(data.features(), name) && !anyFits(data.exclude(), name))
        .map(name -> name + " is new, and would be another feature")
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
    for (Map.Entry<String, String> input : features.types().entrySet()) {
      for (StructField field : schema.fields()) {
        String now = field.dataType().catalogString();
        boolean isOther = field.name().equals(input.getKey()) && !now.equals(input.getValue());
        // A file whose fractions all happen to be whole is read as whole numbers.
        if (isOther && !isHeld(input.getValue(), field.dataType())) {
          changes.add(field.name() + " is " + now + " now, and was " + input.getValue());
        }
      }
    }
    return changes;
  }

  private static boolean isHeld(String before, DataType now) {
    try {
      return ModelInput.holds(DataType.fromDDL(before), now);
    } catch (Exception e) {
      return false; // a vector, whose type is no SQL
    }
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

  /** What it comes to. */
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
                + "; mend the table, or train a first version anew where it is meant";
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
