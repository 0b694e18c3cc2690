package io.ebmspark.spark.profile;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.DistinctValues;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.StoredType;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.encoding.ColumnValue;
import io.ebmspark.spark.data.features.ArrayLength;
import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.features.ModelInput;
import io.ebmspark.spark.data.features.RowValues;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.data.shards.RowKey;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.data.shards.TableColumns;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;

/**
 * One pass over the rows of a table: counts in the bins of earlier profiles, extremes, and a sample
 * by content. A second pass, if needed, makes a profile of its own.
 */
public final class TableScan {
  /** Most rows sampled: with so many, order statistics are within .5 % of a quantile's rank. */
  private static final int MOST_ROWS = 100_000;

  /** Most values sampled, 8 MB per partition: wide rows make smaller samples. */
  private static final int MOST_NUMBERS = 1 << 20;

  /** Most elements of an array that are examined. */
  private static final int MOST_PLACES = 1_000;

  private static final int BINS = 20;

  private final SourceSettings source;
  private final Map<String, String> schema;
  private final Features features;
  private final List<String> names;
  private final List<DataProfile> references;

  /** Each part is one element, which is gone through once. */
  private final JavaRDD<ScannedRows> parts;

  private final RowScan scan;

  private TableScan(
      SourceSettings source,
      Map<String, String> schema,
      Features features,
      List<String> names,
      List<DataProfile> references,
      JavaRDD<ScannedRows> parts,
      RowScan scan) {
    this.source = source;
    this.schema = schema;
    this.features = features;
    this.names = names;
    this.references = references;
    this.parts = parts;
    this.scan = scan;
  }

  /**
   * Scans every row once.
   *
   * @param features to scan, of known width
   * @param source names the rows in messages
   * @param references profiles in whose bins values are counted; one that lacks any of these
   *     features is ignored
   * @throws io.ebmspark.spark.data.DataException if the table lacks a feature or cannot be read
   */
  public static TableScan of(
      Dataset<Row> table, Features features, SourceSettings source, List<DataProfile> references) {
    Dataset<Row> selected = ModelInput.of(table, features, source.key()).selected();
    FeatureExtractor extractor = new FeatureExtractor(features, selected.schema());
    JavaRDD<ScannedRows> parts =
        RowValues.map(
            selected, extractor, rows -> List.of(ScannedRows.of(rows, extractor)).iterator());
    return of(table, features, source, references, parts);
  }

  /**
   * Scans every row that was read to train on, whether or not it is complete, or held out: where
   * they lie in order, unless that tells less than the source.
   *
   * @param table as it was read
   * @param loaded its rows; open until the {@link #profile} is made
   * @throws io.ebmspark.spark.data.DataException if the table cannot be read
   */
  public static TableScan of(Dataset<Row> table, ShardedTable loaded, SourceSettings source) {
    Features features = loaded.read();
    boolean hasText =
        features.featureNames().stream().anyMatch(it -> features.kind(it) == ColumnKind.TEXT);
    if (features.isArray() || hasText || loaded.isWeighted()) {
      return of(table, features, source, List.of());
    }
    JavaRDD<ScannedRows> parts =
        loaded.keys().mapPartitions(rows -> List.of(ScannedRows.of(rows)).iterator());
    return of(table, features, source, List.of(), parts);
  }

  private static TableScan of(
      Dataset<Row> table,
      Features features,
      SourceSettings source,
      List<DataProfile> references,
      JavaRDD<ScannedRows> parts) {
    int width = features.width();
    int every = features.isArray() ? Math.max(1, (width + MOST_PLACES - 1) / MOST_PLACES) : 1;
    int[] places = IntStream.range(0, width).filter(i -> i % every == 0).toArray();
    List<String> all = features.featureNames();
    List<String> names = Arrays.stream(places).mapToObj(all::get).toList();
    List<DataProfile> known =
        references.stream().filter(profile -> profile.names().containsAll(names)).toList();
    List<List<Bins>> bins = known.stream().map(profile -> bins(profile, names)).toList();
    int sampled = Math.max(1, Math.min(MOST_ROWS, MOST_NUMBERS / width));
    boolean[] isText = new boolean[places.length];
    for (int i = 0; i < places.length; i++) {
      isText[i] = features.kind(names.get(i)) == ColumnKind.TEXT;
    }
    RowScan none = new RowScan(places, isText, bins, sampled);
    RowScan scan =
        described(
            table,
            source,
            "checking the columns of ",
            () ->
                parts
                    .map(part -> scanned(part, new RowScan(places, isText, bins, sampled)))
                    .treeAggregate(none, RowScan::merge, RowScan::merge));
    Map<String, String> schema = new LinkedHashMap<>();
    for (StructField field : table.schema().fields()) {
      schema.put(field.name(), StoredType.of(field.dataType()));
    }
    return new TableScan(source, schema, features, names, known, parts, scan);
  }

  /**
   * Scans every row once, with the features that the settings choose, constant columns included.
   *
   * @throws io.ebmspark.spark.data.DataException if the table has no features or cannot be read
   */
  public static TableScan of(Dataset<Row> table, DataSettings data) {
    return of(table, features(table, data), data.source(), List.of());
  }

  /**
   * The features that settings choose, less text that tells nothing; arrays are as long as the
   * first one, if there is one.
   */
  public static Features features(Dataset<Row> table, DataSettings data) {
    Features features = TableColumns.of(table, data).choice().features();
    return features.hasWidth()
        ? features
        : features.withWidth(Math.max(1, ArrayLength.of(table, features, data.source()).orElse(1)));
  }

  private static List<Bins> bins(DataProfile profile, List<String> names) {
    Map<String, Bins> known = new LinkedHashMap<>();
    profile.columns().forEach(column -> known.put(column.name(), column.bins()));
    return names.stream().map(known::get).toList();
  }

  private static RowScan scanned(ScannedRows rows, RowScan scan) {
    while (rows.hasNext()) {
      rows.next();
      scan.add(rows);
    }
    return scan;
  }

  private static <T> T described(
      Dataset<Row> table, SourceSettings source, String what, Supplier<T> work) {
    table.sparkSession().sparkContext().setJobDescription(what + source.describe());
    try {
      return work.get();
    } catch (Exception e) { // Scala declares nothing checked.
      throw TableReader.whileReading(source, e);
    } finally {
      table.sparkSession().sparkContext().setJobDescription(null);
    }
  }

  /** The number of rows. */
  public long rows() {
    return scan.rows;
  }

  /** The features scanned. */
  public Features features() {
    return features;
  }

  /** The names of the columns in {@link #counts}, in that order. */
  public List<String> names() {
    return names;
  }

  /** Counts of each column in the bins of a reference; empty if that was not given, or ignored. */
  public Optional<List<BinCounts>> counts(DataProfile reference) {
    int at = references.indexOf(reference);
    return at < 0 ? Optional.empty() : Optional.of(List.of(scan.counts[at]));
  }

  /** Whether a column held one value only, not counting missing ones. */
  public boolean isConstant(int column) {
    return scan.values[column].count() == 1;
  }

  /** Rows sampled by content, with all their features; copies of a row are adjacent. */
  public List<double[]> sample() {
    return scan.sample.rows().stream().map(RowKey::values).toList();
  }

  /** The number of copies of each distinct row in the sample. */
  public long[] copies() {
    List<Long> copies = new ArrayList<>();
    double[] before = new double[0];
    for (double[] row : sample()) {
      if (!copies.isEmpty() && Arrays.equals(row, before)) {
        copies.set(copies.size() - 1, copies.get(copies.size() - 1) + 1);
      } else {
        copies.add(1L);
      }
      before = row;
    }
    return copies.stream().mapToLong(Long::longValue).toArray();
  }

  /** A digest of the columns and of all rows, whatever their order. */
  public String fingerprint() {
    MessageDigest sha = Sha256.digest();
    String text =
        String.join("\0", features.featureNames())
            + "\0"
            + scan.rows
            + "\0"
            + scan.hashes
            + "\0"
            + scan.mixed;
    sha.update(text.getBytes(StandardCharsets.UTF_8));
    return Sha256.hex(sha);
  }

  /** A profile of these rows, with bins of their own; reads them again unless all were sampled. */
  public DataProfile profile() {
    List<ColumnValues> columns = columns();
    List<Bins> bins = columns.stream().map(ColumnValues::bins).toList();
    BinCounts[] counts = count(bins);
    List<ColumnProfile> profiles = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      profiles.add(columns.get(i).profile(names.get(i), counts[i]));
    }
    long[] copies = copies();
    return new DataProfile(
        DataProfile.FORMAT,
        source.describe(),
        scan.rows,
        scan.wrongLengths,
        fingerprint(),
        Arrays.stream(copies).sum(),
        copies.length,
        Arrays.stream(copies).map(c -> c * c).sum(),
        schema,
        features.columns(),
        features.isArray(),
        features.width(),
        features.expressions(),
        features.types(),
        profiles,
        List.of(),
        features.kinds());
  }

  private List<ColumnValues> columns() {
    List<double[]> sample = sample();
    List<ColumnValues> columns = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      int place = scan.places[i];
      double[] values =
          sample.stream().mapToDouble(row -> row[place]).filter(Double::isFinite).toArray();
      columns.add(
          scan.isText[i]
              ? ColumnValues.ofText(values, scan.values[i].toArray(), scan.texts.get(i))
              : ColumnValues.of(values, scan.values[i].toArray(), scan.min[i], scan.max[i]));
    }
    return columns;
  }

  private BinCounts[] count(List<Bins> bins) {
    List<double[]> sample = sample();
    int[] places = scan.places;
    if (sample.size() == scan.rows) {
      BinCounts[] counts = BinCounts.of(bins);
      sample.forEach(row -> add(row, 1, places, counts));
      return counts;
    }
    try {
      return parts
          .<BinCounts[]>map(part -> counted(part, places, bins))
          .treeAggregate(BinCounts.of(bins), BinCounts::merge, BinCounts::merge);
    } catch (Exception e) {
      throw TableReader.whileReading(source, e);
    }
  }

  private static BinCounts[] counted(ScannedRows rows, int[] places, List<Bins> bins) {
    BinCounts[] counts = BinCounts.of(bins);
    while (rows.hasNext()) {
      rows.next();
      add(rows.values(), rows.copies(), places, counts);
    }
    return counts;
  }

  private static void add(double[] row, long copies, int[] places, BinCounts[] counts) {
    for (int i = 0; i < places.length; i++) {
      counts[i].add(row[places[i]], copies);
    }
  }

  /**
   * What is known of a column after its rows were scanned.
   *
   * @param mean of the sampled values
   */
  private record ColumnValues(
      Bins bins, Optional<Double> mean, Optional<Double> deviation, List<String> levels) {
    /** From sampled values, in the sample's order, and the distinct values of all rows. */
    static ColumnValues of(double[] sampled, double[] different, double min, double max) {
      double mean = 0;
      for (double value : sampled) {
        mean += value / sampled.length;
      }
      double variance = 0;
      for (double value : sampled) {
        variance += (value - mean) * (value - mean) / sampled.length;
      }
      boolean any = sampled.length > 0;
      return new ColumnValues(
          bins(sampled, different, min, max),
          any ? Optional.of(mean) : Optional.empty(),
          any && Double.isFinite(variance) ? Optional.of(Math.sqrt(variance)) : Optional.empty(),
          List.of());
    }

    /** Of text: a bin for each of a few, or else bins of their codes, which have no mean. */
    static ColumnValues ofText(double[] sampled, double[] different, List<String> texts) {
      boolean few = different.length <= RowScan.MOST_TEXTS;
      double[] sorted = sampled.length == 0 ? new double[] {0} : sampled.clone();
      Arrays.sort(sorted);
      Bins bins =
          few
              ? Bins.ofValues(Arrays.stream(different).boxed().toList())
              : Bins.ofEqualFrequency(sorted, 0, ColumnValue.TEXT_CODES, BINS);
      return new ColumnValues(bins, Optional.empty(), Optional.empty(), few ? texts : List.of());
    }

    private static Bins bins(double[] sampled, double[] different, double min, double max) {
      boolean few =
          different.length <= RowScan.MOST_CATEGORIES
              && (different.length <= 1 || DistinctValues.areFew(different.length, sampled.length));
      if (few) {
        return Bins.ofValues(Arrays.stream(different).boxed().toList());
      }
      double[] sorted = sampled.length == 0 ? new double[] {min} : sampled.clone();
      Arrays.sort(sorted);
      return Bins.ofEqualFrequency(sorted, min, max, BINS);
    }

    ColumnProfile profile(String name, BinCounts counts) {
      return new ColumnProfile(
          name,
          counts.nulls(),
          bins,
          Arrays.stream(counts.inBins()).boxed().toList(),
          mean,
          deviation,
          levels);
    }
  }
}
