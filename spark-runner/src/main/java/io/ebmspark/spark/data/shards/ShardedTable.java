package io.ebmspark.spark.data.shards;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.training.ValidationSettings;
import io.ebmspark.spark.KeptBlocks;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.features.ColumnChoice;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.data.shards.RowParts.Part;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * A table ready to train on: its rows in canonical order, cut into logical shards, cached on the
 * executors.
 *
 * <p>The order depends only on the rows' content (see {@link RowKey}): not on the number of files
 * or the order within them, nor on splits, parallelism, executors, or the number of shards, which
 * only decides where the order is cut. Shards are ranges of hashes or, if equal rows make those
 * uneven, equal numbers of rows ({@link ShardCuts}).
 */
public final class ShardedTable implements AutoCloseable {
  private final SortedRows sorted;
  private final JavaRDD<RowBlock> shards;
  private final JavaRDD<RowBlock> heldOut;
  private final Features read;
  private final ColumnChoice choice;
  private final List<String> notices;
  private final long[] shape;
  private final String fingerprint;
  private final TableSummary summary;
  private final long valuesImputed;
  private final Optional<String> heldOutFrom;

  ShardedTable(
      SortedRows sorted,
      JavaRDD<RowBlock> shards,
      Features read,
      ColumnChoice choice,
      List<String> notices,
      long[] shape,
      String fingerprint,
      TableSummary summary,
      long valuesImputed,
      Optional<String> heldOutFrom) {
    this.sorted = sorted;
    this.shards = shards;
    // Computed on first use.
    this.heldOut = sorted.packed(Part.HELD_OUT).persist(StorageLevel.MEMORY_AND_DISK());
    this.read = read;
    this.choice = choice;
    this.notices = List.copyOf(notices);
    this.shape = shape;
    this.fingerprint = fingerprint;
    this.summary = summary;
    this.valuesImputed = valuesImputed;
    this.heldOutFrom = heldOutFrom;
  }

  /** Reads the table that the settings name, as {@link #of} does. */
  public static ShardedTable load(SparkSession spark, DataSettings settings, int shards) {
    return of(TableReader.read(spark, settings.source()), settings, shards);
  }

  /** As {@link #of(Dataset, DataSettings, int, Phases)}, untimed. */
  public static ShardedTable of(Dataset<Row> table, DataSettings settings, int shards) {
    return of(table, settings, shards, Phases.silent());
  }

  /**
   * Checks, orders, scales and caches rows, less those held out: one pass over the source and one
   * shuffle, by two jobs (and short ones for the length of an array that no shape tells and for
   * text that may be numbers, and one pass that counts text).
   *
   * @param settings whose source is named in messages
   * @param shards the number of logical shards
   * @param phases timed for choosing the columns, for the job that reads, orders and checks, and
   *     for the job that packs
   * @throws DataException if the table cannot be read or is not fit to train on
   */
  public static ShardedTable of(
      Dataset<Row> table, DataSettings settings, int shards, Phases phases) {
    return of(table, settings, shards, Optional.empty(), phases);
  }

  /**
   * As above, in given units, such as those of a model whose training is continued.
   *
   * @param given features that the table must have, and their scaling; any other feature that the
   *     settings match is left out. If empty, the table's own units: its means and standard
   *     deviations
   */
  public static ShardedTable of(
      Dataset<Row> table, DataSettings settings, int shards, Optional<Units> given, Phases phases) {
    return of(table, settings, ShardRule.of(shards), Optional.empty(), given, phases);
  }

  /**
   * The same with rows set aside for validation.
   *
   * @param rule the number of logical shards
   * @param validation how many; if empty, none
   */
  public static ShardedTable of(
      Dataset<Row> table,
      DataSettings settings,
      ShardRule rule,
      Optional<ValidationSettings> validation,
      Optional<Units> given,
      Phases phases) {
    return new TableLoader(table, settings, rule, validation, given, phases).load();
  }

  /**
   * One block per partition, one partition per shard, in row order; cached. Blocks are in model
   * units, without the rows held out.
   */
  public JavaRDD<RowBlock> shards() {
    return shards;
  }

  /** The number of shards. */
  public int shardCount() {
    return sorted.ordered().shards();
  }

  /** The number of rows to train on. */
  public long rows() {
    return sorted.count(Part.TRAINED);
  }

  /**
   * The rows held out, in the same units as the others: nothing used in training, scaling and means
   * included, was computed from them. As in {@link #shards}, one block per partition, one partition
   * per shard, in canonical order, numbered from 0; cached on first use.
   */
  public JavaRDD<RowBlock> heldOut() {
    return heldOut;
  }

  /**
   * The held-out rows that another table of such rows would hold out too.
   *
   * @param share that table's {@link #heldOutShare}
   */
  public JavaRDD<RowBlock> heldOut(double share) {
    return share >= heldOutShare() ? heldOut : sorted.heldOut(new HoldOut(share));
  }

  /**
   * Rows as this table's model and another one have them: the same ones in the same order, those
   * that neither leaves out for a missing value.
   *
   * @param own in this table's units
   * @param others in the other model's
   */
  public record ReadTwice(JavaRDD<RowBlock> own, JavaRDD<RowBlock> others) {}

  /**
   * Reads rows as another model does, which may have learnt other values of the columns: the
   * held-out rows that a table of that model would hold out too, or the rows trained on, if none
   * are held out. Not cached; one pass over the rows more, to count them.
   *
   * @param others the other model's units
   * @param imputes whether that model puts something in wherever a value is missing
   * @param share as in {@link #heldOut(double)}
   * @return empty if this table's columns are not the other model's, or no longer of their kind
   */
  public Optional<ReadTwice> readTwice(Units others, boolean imputes, double share) {
    List<String> names = read.featureNames();
    if (!others.features().equals(features().featureNames())
        || !others.features().stream().allMatch(it -> others.kind(it) == read.kind(it))) {
      return Optional.empty();
    }
    Map<String, Integer> known = Names.places(names);
    IntStream theirs = imputes ? IntStream.empty() : others.needed().stream().mapToInt(known::get);
    int[] mustHave =
        IntStream.concat(IntStream.of(sorted.needed()), theirs).distinct().sorted().toArray();
    Part part = heldOutRows() == 0 ? Part.TRAINED : Part.HELD_OUT;
    RowParts parts = sorted.parts();
    RowParts cut = share < heldOutShare() ? parts.withHeldOut(new HoldOut(share)) : parts;
    SortedRows rows = sorted.only(cut, part, mustHave);
    int[] places = others.features().stream().mapToInt(known::get).toArray();
    return Optional.of(new ReadTwice(rows.packed(part), rows.in(others, places).packed(part)));
  }

  /** The number of rows held out. */
  public long heldOutRows() {
    return sorted.count(Part.HELD_OUT);
  }

  /**
   * The rows that no gradient sees, nor threshold: the weights that are kept are the best on them.
   * As {@link #heldOut}, but not cached.
   */
  public JavaRDD<RowBlock> validation() {
    return sorted.packed(Part.VALIDATION);
  }

  /** The number of rows for validation. */
  public long validationRows() {
    return sorted.count(Part.VALIDATION);
  }

  /**
   * The share of all possible rows that is held out, 0 for none. A row held out of this table is
   * held out of every table with a share at least as large. By a column, of the rows from its value
   * on.
   */
  public double heldOutShare() {
    return sorted.parts().heldOut().share();
  }

  /** Which rows are held out, if they are by a column. */
  public Optional<String> heldOutFrom() {
    return heldOutFrom;
  }

  /** The features, without the constant columns dropped. */
  public Features features() {
    return choice.features();
  }

  /** Columns that the settings matched but that were left out, and why. */
  public Map<String, String> leftOut() {
    return choice.leftOut();
  }

  /** What the user should know: which columns are used, which look odd, what is held out. */
  public List<String> notices() {
    return notices;
  }

  /** The shape of a row; its product is the number of features. */
  public long[] shape() {
    return shape.clone();
  }

  /** All features that were read, those dropped for their one value among them. */
  public Features read() {
    return read;
  }

  /** Whether rows have weights; those of weight 0 are then not among the rows read. */
  public boolean isWeighted() {
    return sorted.meanWeight() > 0;
  }

  /**
   * Every row that was read, complete or not, held out or not, in the canonical order: its values
   * in the table's units, none of a row whose array has the wrong length, and its count. A row is
   * good until the next.
   */
  public JavaRDD<Tuple2<RowKey, Long>> keys() {
    return sorted.ordered().rows();
  }

  /** The units of the rows: how the features come to the model's inputs. */
  public Units units() {
    return sorted.units();
  }

  /** The lowest value of each feature in the rows trained on; 0 of one that is no number. */
  public double[] lowest() {
    return extremes(moments().min);
  }

  /** The highest, likewise. */
  public double[] highest() {
    return extremes(moments().max);
  }

  /**
   * The decimal places of each feature's values; {@link Decimals#NONE} of one that is no number.
   */
  public int[] decimals() {
    return IntStream.of(sorted.kept())
        .map(i -> summary.isNumber(i) ? summary.decimals.of(i) : Decimals.NONE)
        .toArray();
  }

  /** The values of each feature that has few, ascending; none of an array, or what is no number. */
  public Map<String, double[]> fewValues() {
    Map<String, double[]> few = new LinkedHashMap<>();
    List<String> names = features().featureNames();
    int[] kept = sorted.kept();
    for (int i = 0; i < kept.length; i++) {
      int feature = kept[i];
      double[] values =
          summary.fewValues.of(feature, summary.all.present[feature], summary.decimals.of(feature));
      if (values.length > 0) {
        few.put(names.get(i), values);
      }
    }
    return few;
  }

  private Moments moments() {
    return sorted.parts().heldOut().isNone() ? summary.all : summary.trained;
  }

  private double[] extremes(double[] of) {
    return IntStream.of(sorted.kept())
        .mapToDouble(i -> summary.takesMissing(i) || !Double.isFinite(of[i]) ? 0 : of[i])
        .toArray();
  }

  /** The map from the table's units to the model's, of each input. */
  public FeatureScaling scaling() {
    return sorted.units().scaling();
  }

  /** The mean of each input's present values: what imputation puts in. */
  public double[] means() {
    return sorted.units().means().clone();
  }

  /**
   * A hash of the rows in the table's units, including those held out, and of their columns' names:
   * equal for equal rows, however they are stored, read or cut into shards.
   */
  public String fingerprint() {
    return fingerprint;
  }

  /** The number of rows that passed the filter. */
  public long rowsRead() {
    return summary.rowsRead;
  }

  /** The number of rows dropped for missing values. */
  public long rowsDropped() {
    return summary.rowsRead - summary.all.rows;
  }

  /** The number of values replaced by means. */
  public long valuesImputed() {
    return valuesImputed;
  }

  /** Releases the executors' memory. */
  @Override
  public void close() {
    KeptBlocks.release(shards);
    KeptBlocks.release(heldOut);
    sorted.ordered().close();
  }
}
