package io.ebmspark.spark.check;

import io.ebmspark.core.drift.BinnedWasserstein;
import io.ebmspark.core.drift.Exceedance;
import io.ebmspark.core.drift.JensenShannon;
import io.ebmspark.core.drift.PopulationStability;
import io.ebmspark.core.drift.Proportion;
import io.ebmspark.core.drift.Unseen;
import io.ebmspark.spark.profile.BinCounts;
import io.ebmspark.spark.profile.ColumnProfile;
import io.ebmspark.spark.record.ColumnDrift;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The checks of one column at a time, by its counts in the bins of a profile. */
final class ColumnChecks {
  /** At most this many columns are reported, the most drifted. */
  private static final int MOST_TOLD = 200;

  /** How far an outer bin reaches, in deviations: at its end may be a single value. */
  private static final double REACH = 4;

  private final double tail;
  private final Findings nulls;
  private final Findings range;
  private final Findings categories;
  private final Findings stability;
  private final Findings wasserstein;
  private final Findings shannon;
  private final List<ColumnDrift> columns = new ArrayList<>();
  private int drifted;

  /**
   * A check of no columns so far.
   *
   * @param tail probability of taking chance for drift, per column and check
   */
  ColumnChecks(CheckSettings settings, double tail) {
    this.tail = tail;
    this.nulls =
        new Findings(
            DataChecks.NULLS,
            settings.nulls(),
            "the share of missing values rose by %s",
            "look at what fills the column");
    this.range =
        new Findings(
            DataChecks.OUT_OF_RANGE,
            settings.outOfRange(),
            "%s of the rows are below, or above, all values seen before",
            "look for changed units or broken values");
    this.categories =
        new Findings(
            DataChecks.CATEGORIES,
            settings.categories(),
            "%s of the rows hold a value not seen before",
            "check that it is intended; training would learn it");
    this.stability =
        new Findings(
            DataChecks.PSI,
            settings.psi(),
            "its population stability index is %s",
            "its distribution has changed: look at its source, and raise the limit if this is"
                + " intended");
    this.wasserstein =
        new Findings(
            DataChecks.WASSERSTEIN,
            settings.wasserstein(),
            "its values have moved by %s standard deviations",
            "look at its source, and raise the limit if this is intended");
    this.shannon =
        new Findings(
            DataChecks.JENSEN_SHANNON,
            settings.jensenShannon(),
            "its Jensen-Shannon distance is %s",
            "the shares of its values have changed: look at its source, and raise the limit if"
                + " this is intended");
  }

  /**
   * Checks a column.
   *
   * @param binNames what its bins are called
   */
  void add(ColumnProfile before, List<String> binNames, BinCounts counts) {
    long[] now = counts.all();
    long rows = Arrays.stream(now).sum();
    long[] old = Arrays.copyOf(boxless(before.counts()), now.length);
    old[before.bins().size()] = before.nulls();
    long rowsBefore = Arrays.stream(old).sum();
    String name = before.name();
    List<Status> found = new ArrayList<>();

    double rise = share(counts.nulls(), rows) - share(before.nulls(), rowsBefore);
    found.add(
        nulls.add(
            name,
            Math.max(0, rise),
            Proportion.noise(before.nulls(), rowsBefore, counts.nulls(), rows, tail)));

    long presentBefore = before.present();
    long present = rows - counts.nulls();
    Optional<Double> distance = Optional.empty();
    Optional<Double> shift = Optional.empty();
    List<Status> moves = new ArrayList<>();
    if (present > 0 && presentBefore > 0) {
      if (before.bins().categories()) {
        double other = share(counts.below(), present);
        double chance = Unseen.noise(boxless(before.counts()), present, tail);
        found.add(categories.add(name, other, chance));
        double jensenShannon = JensenShannon.distance(old, now);
        distance = Optional.of(jensenShannon);
        moves.add(shannon.add(name, jensenShannon, JensenShannon.noise(old, now, tail)));
      } else {
        // Each end by itself: chance produces more than twice as much of both together.
        double beyond = share(Math.max(counts.below(), counts.above()), present);
        double chance = Exceedance.noise(presentBefore, present, tail / 2);
        found.add(range.add(name, beyond, chance));
        shift = shift(before, counts, moves);
      }
    }
    double index = PopulationStability.index(old, now);
    double noise = PopulationStability.noise(old, now, tail);
    moves.add(stability.add(name, index, noise));
    if (moves.stream().anyMatch(ColumnChecks::isBeyond)) {
      drifted++;
    }
    found.addAll(moves);
    boolean categorical = before.bins().categories();
    List<String> bins = names(binNames, categorical);
    columns.add(
        new ColumnDrift(
            name,
            counts.nulls(),
            categorical ? 0 : counts.below(),
            counts.above(),
            categorical ? Optional.of(counts.below()) : Optional.empty(),
            Optional.of(index),
            Optional.of(noise),
            shift,
            distance,
            worst(found),
            bins,
            boxed(old).subList(0, bins.size()),
            boxed(now).subList(0, bins.size())));
  }

  /**
   * Values outside the profile's range count as being at its ends; the range check reports them.
   * Those in an outer bin are spread over a part of it where it is long: one value far from all
   * others would else have moved a twentieth of them half-way there.
   */
  private Optional<Double> shift(ColumnProfile before, BinCounts counts, List<Status> moves) {
    double deviation = before.deviation().orElse(0.0);
    if (!(deviation > 0)) {
      return Optional.empty();
    }
    int bins = before.bins().size();
    double[] edges = new double[bins + 3];
    long[] old = new long[bins + 2];
    long[] now = new long[bins + 2];
    long[] inBins = counts.inBins();
    for (int i = 0; i < bins; i++) {
      old[i + 1] = before.counts().get(i);
      now[i + 1] = inBins[i];
    }
    now[0] = counts.below();
    now[bins + 1] = counts.above();
    for (int i = 0; i <= bins; i++) {
      edges[i + 1] = before.bins().edges().get(i);
    }
    if (bins > 1) {
      edges[1] = Math.max(edges[1], edges[2] - REACH * deviation);
      edges[bins + 1] = Math.min(edges[bins + 1], edges[bins] + REACH * deviation);
    }
    edges[0] = edges[1];
    edges[bins + 2] = edges[bins + 1];
    double shift = BinnedWasserstein.distance(edges, old, now) / deviation;
    double noise = BinnedWasserstein.noise(edges, old, now, tail) / deviation;
    moves.add(wasserstein.add(before.name(), shift, noise));
    return Optional.of(shift);
  }

  private static double share(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }

  private static boolean isBeyond(Status status) {
    return status == Status.WARNED || status == Status.FAILED;
  }

  private static Status worst(List<Status> found) {
    if (found.contains(Status.FAILED)) {
      return Status.FAILED;
    }
    if (found.contains(Status.WARNED)) {
      return Status.WARNED;
    }
    return found.contains(Status.PASSED) ? Status.PASSED : Status.SKIPPED;
  }

  /** Nothing is above categories; what is none of them is counted as below. */
  private static List<String> names(List<String> binNames, boolean categorical) {
    List<String> names = new ArrayList<>(binNames);
    names.addAll(categorical ? List.of("null", "unseen") : List.of("null", "below", "above"));
    return names;
  }

  private static long[] boxless(List<Long> counts) {
    return counts.stream().mapToLong(Long::longValue).toArray();
  }

  private static List<Long> boxed(long[] counts) {
    return Arrays.stream(counts).boxed().toList();
  }

  /** How many columns have drifted. */
  int drifted() {
    return drifted;
  }

  /** How many columns were checked. */
  int looked() {
    return columns.size();
  }

  /** The results of the checks. */
  List<Judgement> judgements() {
    return Stream.of(nulls, range, categories, stability, wasserstein, shannon)
        .flatMap(found -> found.judgements().stream())
        .toList();
  }

  /** The columns, most drifted first. */
  List<ColumnDrift> columns() {
    return columns.stream()
        .sorted(
            Comparator.comparing((ColumnDrift column) -> column.status() != Status.FAILED)
                .thenComparing(column -> column.status() != Status.WARNED)
                .thenComparing(column -> -column.psi().orElse(0.0)))
        .limit(MOST_TOLD)
        .toList();
  }
}
