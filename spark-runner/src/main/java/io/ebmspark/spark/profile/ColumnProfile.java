package io.ebmspark.spark.profile;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/** What one column held. */
public record ColumnProfile(
    @Setting("the column, or a place of an array, as in pixels[7]") String name,
    @Setting("rows without a number: null, NaN or infinite") long nulls,
    @Setting("the bins its values are counted in") Bins bins,
    @Setting("values in each bin") List<Long> counts,
    @Setting("mean of the sampled values; absent where there was none") Optional<Double> mean,
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

  /** What each bin is called. */
  public List<String> binNames() {
    return levels.isEmpty() ? bins.names() : levels;
  }

  /** How many values there were. */
  public long present() {
    return counts.stream().mapToLong(Long::longValue).sum();
  }

  /** The lowest value; absent where there was none. */
  public Optional<Double> min() {
    return bins.edges().stream().findFirst();
  }

  /** The highest value; absent where there was none. */
  public Optional<Double> max() {
    List<Double> edges = bins.edges();
    return edges.isEmpty() ? Optional.empty() : Optional.of(edges.get(edges.size() - 1));
  }

  /** Whether all values were the same. */
  public boolean isConstant() {
    return bins.categories() && bins.size() == 1;
  }
}
