package io.ebmspark.spark.profile;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.ColumnValue;
import java.util.List;
import java.util.Optional;

/** The distribution of one column. */
public record ColumnProfile(
    @Setting("the column, or an array element, as in pixels[7]") String name,
    @Setting("missing values: null, NaN or infinite") long nulls,
    @Setting("the bins its values are counted in") Bins bins,
    @Setting("values in each bin") List<Long> counts,
    @Setting("mean of the sampled values; absent if there were none") Optional<Double> mean,
    @Setting("standard deviation of the sampled values") Optional<Double> deviation,
    @Setting(
            value =
                "of text, what the bins are called, if there is one for each value; the edges are"
                    + " codes then",
            defaultsTo = "[]")
        List<String> levels) {
  public ColumnProfile {
    Check.notNegative("nulls", nulls);
    Check.that(
        counts.size() == bins.size() && counts.stream().allMatch(count -> count >= 0),
        "counts",
        "must be one for each bin, got " + counts.size() + " for " + bins.size());
    Check.that(
        levels.isEmpty() || (levels.size() == bins.size() && bins.categories()),
        "levels",
        "must be one for each bin, got " + levels.size() + " for " + bins.size());
    counts = List.copyOf(counts);
    levels = List.copyOf(levels);
  }

  /** What each bin is called, of values of a kind. */
  List<String> binNames(ColumnKind kind) {
    if (!levels.isEmpty()) {
      return levels;
    }
    return kind == ColumnKind.TIME ? bins.names(ColumnValue::timeText) : bins.names();
  }

  /** The number of values that are not missing. */
  public long present() {
    return counts.stream().mapToLong(Long::longValue).sum();
  }

  /** The lowest value; absent if there were none. */
  public Optional<Double> min() {
    return bins.edges().stream().findFirst();
  }

  /** The highest value; absent if there were none. */
  public Optional<Double> max() {
    List<Double> edges = bins.edges();
    return edges.isEmpty() ? Optional.empty() : Optional.of(edges.get(edges.size() - 1));
  }

  /** Whether all values were the same. */
  public boolean isConstant() {
    return bins.categories() && bins.size() == 1;
  }
}
