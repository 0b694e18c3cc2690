package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.Names;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a table's columns are used.
 *
 * @param features those that are features
 * @param leftOut columns that settings matched and left out, and why
 * @param byPattern features chosen only by a pattern, not by name
 */
public record ColumnChoice(Features features, Map<String, String> leftOut, Set<String> byPattern) {
  /** Left out, a column is named with the reason, but for a table of columns beyond reading. */
  private static final int MOST_NAMED = 100;

  static final String EXCLUDED = "excluded";
  static final String WEIGHT = "the weight of a row";

  /** Why a feature was left out after rows had been read, and hence after they had been hashed. */
  public static final String ONE_VALUE = "one value only";

  /** Another such reason. */
  public static final String NOT_IN_UNITS = "not in the units given";

  /** Why text is left out before rows are hashed. */
  public static final String SAME_VALUE = "the same value in every row";

  public static final String NO_VALUE = "no value in any row";
  public static final String UNKNOWN = "not known to the model that training starts from";

  /** How a reason goes on that says itself what to set. */
  static final String TO_USE_IT = "to use it ";

  /** Reasons that no expression over the column would mend. */
  private static final Set<String> FINAL =
      Set.of(EXCLUDED, WEIGHT, ONE_VALUE, SAME_VALUE, NO_VALUE, NOT_IN_UNITS, UNKNOWN);

  public ColumnChoice {
    leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
    byPattern = Collections.unmodifiableSet(new LinkedHashSet<>(byPattern));
  }

  /** The same without some features, and why they are left out. */
  public ColumnChoice without(Map<String, String> reasons) {
    if (reasons.isEmpty()) {
      return this;
    }
    Map<String, String> all = new LinkedHashMap<>(leftOut);
    all.putAll(reasons);
    return new ColumnChoice(features.without(reasons.keySet()), all, byPattern);
  }

  /** One line: which columns are used, which are not and why, and how to include them. */
  public String describe() {
    String used =
        (features.isArray()
                ? "features: the values of "
                : "features: " + Names.count(features.columns().size(), "column") + ", ")
            + Names.list(features.columns());
    if (leftOut.isEmpty()) {
      return used;
    }
    List<String> others =
        leftOut.entrySet().stream()
            .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
            .toList();
    boolean anyUsable =
        leftOut.values().stream()
            .anyMatch(reason -> !FINAL.contains(reason) && !reason.contains(TO_USE_IT));
    return used
        + "; left out: "
        + Names.list(others, MOST_NAMED)
        + (anyUsable
            ? "; to have one, name an expression for it in data.features, such as \"double(x)\" or"
                + " \"length(x)\""
            : "");
  }
}
