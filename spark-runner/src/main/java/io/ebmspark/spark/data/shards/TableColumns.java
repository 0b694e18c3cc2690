package io.ebmspark.spark.data.shards;

import io.ebmspark.spark.data.ColumnSettings;
import io.ebmspark.spark.data.ColumnSettings.Transform;
import io.ebmspark.spark.data.ColumnSettings.Use;
import io.ebmspark.spark.data.ConstantColumns;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.encoding.Calendar;
import io.ebmspark.spark.data.encoding.Categorical;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.Encoding;
import io.ebmspark.spark.data.encoding.Frequency;
import io.ebmspark.spark.data.encoding.Levels;
import io.ebmspark.spark.data.features.ColumnChoice;
import io.ebmspark.spark.data.features.FeatureResolver;
import io.ebmspark.spark.data.features.Features;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * Which columns of a table are features, and what is to be made of those that are no plain numbers:
 * by settings, and by one count of the text there is.
 *
 * @param choice of the columns, less text that tells nothing
 * @param plans of the columns whose values were counted, by name
 */
public record TableColumns(ColumnChoice choice, Map<String, LevelPlan> plans) {
  /** So few different texts may all differ by chance. */
  private static final int FEWEST = 5;

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?");

  private static final Calendar A_TIME = new Calendar(true, false);

  public TableColumns {
    plans = Collections.unmodifiableMap(new LinkedHashMap<>(plans));
  }

  /** The features of a table, by its own values. */
  public static TableColumns of(Dataset<Row> table, DataSettings settings) {
    ColumnChoice choice = FeatureResolver.resolve(table, settings);
    Features features = choice.features();
    if (features.isArray()) {
      return new TableColumns(choice, Map.of());
    }
    List<String> counted =
        features.columns().stream()
            .filter(name -> isCounted(features.kind(name), settings.column(name).as()))
            .toList();
    Map<String, LevelCounts> counts =
        LevelCounts.of(features.select(table), features, counted, settings.source());
    Map<String, String> leftOut = new LinkedHashMap<>();
    Map<String, LevelPlan> plans = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    counts.forEach(
        (name, found) -> {
          Optional<String> reason = reasonToLeaveOut(found, settings.column(name));
          if (reason.isEmpty()) {
            plans.put(name, LevelPlan.of(features.kind(name), found, settings.column(name)));
          } else if (areAmounts(found) && !isInAnExpression(name, features)) {
            problems.add(amounts(name, found));
          } else if (isNamed(name, choice) && settings.constantColumns() != ConstantColumns.DROP) {
            problems.add(named(name, found, reason.get()));
          } else {
            leftOut.put(name, reason.get());
          }
        });
    if (leftOut.size() == features.columns().size() && problems.isEmpty()) {
      problems.add(nothingLeft(leftOut, settings));
    }
    DataException.throwIfAny(problems);
    return new TableColumns(choice.without(leftOut), plans);
  }

  /** Whether a person has named a column, and not a pattern that it fits. */
  private static boolean isNamed(String name, ColumnChoice choice) {
    return !choice.byPattern().contains(name);
  }

  private static String amounts(String name, LevelCounts found) {
    return "column "
        + name
        + " is text, though its "
        + found.different()
        + " different values are numbers; name it in data.features as "
        + asNumber(name)
        + ", or set data.exclude: ["
        + name
        + "] if it is none";
  }

  private static String named(String name, LevelCounts found, String reason) {
    boolean varies = found.different() > 1;
    return "feature "
        + name
        + " has "
        + reason
        + "; leave it out of data.features"
        + (varies && areAll(found, NUMBER)
            ? ", or name it as " + asNumber(name) + " if it is a number"
            : "")
        + (varies ? ", or set data.columns: {" + name + ": {as: frequency}}" : "");
  }

  private static String nothingLeft(Map<String, String> leftOut, DataSettings settings) {
    return "no column of "
        + settings.source().describe()
        + " tells anything: "
        + Names.list(
            leftOut.entrySet().stream()
                .map(entry -> entry.getKey() + " has " + entry.getValue())
                .toList())
        + "; choose other features";
  }

  /**
   * The features of a table for a model there is: text that it does not know is left out before
   * rows are hashed, as it was then.
   */
  static TableColumns of(Dataset<Row> table, DataSettings settings, Units given) {
    ColumnChoice choice = FeatureResolver.resolve(table, settings);
    Map<String, String> leftOut = new LinkedHashMap<>();
    for (String name : choice.features().columns()) {
      if (choice.features().kind(name) == ColumnKind.TEXT && !given.features().contains(name)) {
        leftOut.put(name, ColumnChoice.UNKNOWN);
      }
    }
    List<String> problems = new ArrayList<>();
    given
        .encodings()
        .forEach(
            (name, encoding) -> {
              boolean isThere = choice.features().columns().contains(name);
              if (isThere && choice.features().kind(name) != encoding.kind()) {
                problems.add(
                    name
                        + " is "
                        + choice.features().types().getOrDefault(name, "another type")
                        + ", and was "
                        + (encoding.kind() == ColumnKind.TEXT ? "text" : "no text")
                        + " for the model that training starts from; convert it");
              }
            });
    DataException.throwIfAny(problems);
    return new TableColumns(choice.without(leftOut), Map.of());
  }

  private static boolean isCounted(ColumnKind kind, Use use) {
    return kind == ColumnKind.TEXT || use == Use.CATEGORY || use == Use.FREQUENCY;
  }

  private static Optional<String> reasonToLeaveOut(LevelCounts found, ColumnSettings column) {
    if (found.different() == 0) {
      return Optional.of(ColumnChoice.NO_VALUE);
    }
    if (found.different() == 1 && found.missing() == 0) {
      return Optional.of(ColumnChoice.SAME_VALUE);
    }
    if (column.as() == Use.AUTO
        && found.different() > FEWEST
        && 2 * found.different() > found.present()) {
      return Optional.of(
          found.different() + " different texts in " + Names.count(found.present(), "row"));
    }
    return Optional.empty();
  }

  /**
   * Whether texts are numbers that somebody measured: decimals, or negative ones. Whole numbers may
   * be those of customers, and leading zeros are those of codes.
   */
  private static boolean areAmounts(LevelCounts found) {
    return found.different() > FEWEST
        && areAll(found, NUMBER)
        && found.commonest().stream()
            .anyMatch(level -> level.name.indexOf('.') >= 0 || level.name.indexOf('-') >= 0);
  }

  private static boolean areAll(LevelCounts found, Pattern pattern) {
    return found.commonest().stream()
        .allMatch(level -> pattern.matcher(level.name.strip()).matches());
  }

  /** Whether somebody has seen to it that a text is used as something else. */
  private static boolean isInAnExpression(String name, Features features) {
    // Not as a part of another word.
    Predicate<String> names =
        Pattern.compile("(?<!\\w)" + Pattern.quote(name) + "(?!\\w)").asPredicate();
    return features.expressions().values().stream().anyMatch(names);
  }

  private static String asNumber(String name) {
    return "\"double(" + Names.inSql(name) + ") AS " + Names.inSql(name + "_number") + "\"";
  }

  /** About how many inputs a row will have, before one is read. */
  int inputs() {
    Features features = choice.features();
    if (features.isArray()) {
      return features.width();
    }
    int inputs = 0;
    for (String name : features.columns()) {
      LevelPlan plan = plans.get(name);
      if (plan != null) {
        inputs += plan.isCategory() ? plan.levels().size() : 1;
      } else {
        inputs += features.kind(name) == ColumnKind.TIME ? A_TIME.inputs() : 1;
      }
    }
    return inputs;
  }

  /**
   * In which columns a missing value is one among others.
   *
   * @param given encodings there are already
   */
  boolean[] takesMissing(Map<String, Encoding> given) {
    Features features = choice.features();
    boolean[] takes = new boolean[features.width()];
    for (int i = 0; i < takes.length && !features.isArray(); i++) {
      Encoding encoding = given.get(features.columns().get(i));
      takes[i] =
          plans.containsKey(features.columns().get(i))
              || encoding instanceof Categorical
              || encoding instanceof Frequency;
    }
    return takes;
  }

  /** Which columns are dates or times. */
  boolean[] areTimes() {
    Features features = choice.features();
    boolean[] times = new boolean[features.width()];
    for (int i = 0; i < times.length && !features.isArray(); i++) {
      times[i] = features.kind(features.columns().get(i)) == ColumnKind.TIME;
    }
    return times;
  }

  /** The same, of an array now known to have this length. */
  TableColumns withWidth(int width) {
    return new TableColumns(
        new ColumnChoice(choice.features().withWidth(width), choice.leftOut(), choice.byPattern()),
        plans);
  }

  /** What each column's values are counted by; null where they are not. */
  @Nullable ColumnCounts[] counters(DataSettings settings) {
    List<String> columns = choice.features().columns();
    @Nullable ColumnCounts[] counters = new ColumnCounts[choice.features().width()];
    for (int i = 0; i < counters.length && !choice.features().isArray(); i++) {
      LevelPlan plan = plans.get(columns.get(i));
      if (plan != null) {
        counters[i] = ColumnCounts.byLevel(Levels.of(plan.levels(), plan.kind()));
      } else if (choice.features().kind(columns.get(i)) == ColumnKind.NUMBER
          && settings.transform(columns.get(i)) != Transform.NONE) {
        counters[i] = ColumnCounts.byMagnitude();
      }
    }
    return counters;
  }

  /** What a person should know of the columns that are no plain numbers. */
  List<String> notices(Map<String, Encoding> encodings) {
    List<String> told =
        Stream.concat(
                plans.entrySet().stream()
                    .map(entry -> entry.getKey() + " " + entry.getValue().describe()),
                encodings.entrySet().stream()
                    .filter(entry -> !plans.containsKey(entry.getKey()))
                    .flatMap(
                        entry -> LevelPlan.describe(entry.getKey(), entry.getValue()).stream()))
            .toList();
    return told.isEmpty() ? List.of() : List.of("columns: " + String.join("; ", told));
  }
}
