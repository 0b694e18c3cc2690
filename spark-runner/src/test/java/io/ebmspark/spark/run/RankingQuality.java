package io.ebmspark.spark.run;

import java.util.List;
import java.util.Locale;

/** How well energies rank anomalies above usual rows, as docs/results.md writes it. */
record RankingQuality(double auroc, double precision) {
  /** What a baseline's file does not tell. */
  static final RankingQuality UNKNOWN = new RankingQuality(Double.NaN, Double.NaN);

  static RankingQuality mean(List<RankingQuality> all) {
    return new RankingQuality(
        all.stream().mapToDouble(RankingQuality::auroc).average().orElseThrow(),
        all.stream().mapToDouble(RankingQuality::precision).average().orElseThrow());
  }

  String text() {
    return String.format(Locale.ROOT, "%.3f / %.3f", auroc, precision).replace("0.", ".");
  }
}
