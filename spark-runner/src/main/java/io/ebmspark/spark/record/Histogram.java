package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;

/** Counts of values by bin; values beyond the outer edges are counted in the outer bins. */
public record Histogram(
    @Setting("what was counted: a column, or whose energies") String name,
    @Setting("edges of the bins, ascending, one more than bins") List<Double> edges,
    @Setting("values in each bin") List<Long> counts) {
  public Histogram {
    Check.that(
        edges.size() == counts.size() + 1,
        "edges",
        "must be one more than counts, got " + edges.size() + " and " + counts.size());
    edges = List.copyOf(edges);
    counts = List.copyOf(counts);
  }
}
