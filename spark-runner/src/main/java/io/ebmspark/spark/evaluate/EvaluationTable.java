package io.ebmspark.spark.evaluate;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.HoldOutSettings;
import io.ebmspark.spark.data.InternalRows;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.TaskFailure;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.data.features.FeatureExtractor;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.features.HeldOutColumn;
import io.ebmspark.spark.data.features.ModelInput;
import io.ebmspark.spark.data.features.WrongLengthException;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.data.shards.ContentHash;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.HeldOutRows;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.store.Location;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;

/**
 * Rows taken from a table to evaluate a model on: for each label, those with the smallest second
 * hash, whatever order, files and tasks they come from.
 *
 * @param rows in the model's units
 * @param read number of rows in the table
 * @param incomplete number of rows left out for missing values
 * @param trainedOn number of rows left out because the model was trained on them
 * @param notices what the user should know about the choice
 */
public record EvaluationTable(
    EvaluationRows rows, long read, long incomplete, long trainedOn, List<String> notices) {
  private static final String LABEL = "__ebm_label";
  private static final String CANDIDATE = "__ebm_trained";

  public EvaluationTable {
    notices = List.copyOf(notices);
  }

  /**
   * Which rows to take.
   *
   * @param label column or SQL expression that is 1 or true for anomalies; absent if none are
   *     known. A row without a label counts as usual.
   * @param missing what to do with rows that have missing values
   * @param heldOutOnly whether to leave out rows that the model was trained on, if they can be
   *     recognised: those of its training table
   * @param most most rows per label
   */
  public record Choice(
      Optional<String> label, MissingValues missing, boolean heldOutOnly, int most) {}

  /**
   * The rows a model was trained on: those that satisfied a condition and were not held out.
   *
   * @param where SQL condition; absent if there was none
   * @param heldOut rows whose second hash is below this share were held out
   * @param byColumn how rows were held out by a column; absent if by their content
   */
  private record Trained(
      Optional<String> where, double heldOut, Optional<HoldOutSettings> byColumn) {
    /** Whether a row was trained on, but for its content. */
    Column candidate(Dataset<Row> table) {
      Column none = functions.lit(false);
      Column inTable =
          where
              .map(sql -> functions.coalesce(functions.expr(sql), none))
              .orElse(functions.lit(true));
      return byColumn
          .map(
              by ->
                  inTable.and(functions.coalesce(functions.not(HeldOutColumn.of(table, by)), none)))
          .orElse(inTable);
    }
  }

  /**
   * Takes rows to evaluate a model on.
   *
   * @param source where the rows come from
   * @throws DataException if they do not fit the model, or none are left
   */
  public static EvaluationTable of(
      Dataset<Row> table, SourceSettings source, Model model, Choice choice) {
    List<String> notices = new ArrayList<>();
    Optional<Trained> trained = trained(table, source, model, choice, notices);
    Part all = read(table, source, model.config().features(), choice, trained);
    if (all.trainedOn > 0) {
      notices.add(
          "evaluated on rows held out from training; "
              + Names.count(all.trainedOn, "row")
              + " the model was trained on are left out");
    }
    if (all.incomplete > 0) {
      notices.add(Names.count(all.incomplete, "row") + " left out for missing values");
    }
    if (all.usual.isEmpty()) {
      throw new DataException(
          "no usual row of " + source.describe() + " is left to evaluate on" + whyNone(all));
    }
    if (choice.label().isPresent() && all.anomalies.isEmpty()) {
      notices.add(
          (all.trainedOn > 0 ? "no row held out from training has label " : "no row has label ")
              + choice.label().get()
              + "; corrupted rows are ranked");
    }
    return new EvaluationTable(
        new EvaluationRows(
            packed(all.usual), packed(all.anomalies), model.config().features().scaling()),
        all.read,
        all.incomplete,
        all.trainedOn,
        notices);
  }

  /** Where the rows went, and how they are taken in. */
  private static String whyNone(Part all) {
    List<String> reasons = new ArrayList<>();
    if (all.trainedOn > 0) {
      reasons.add(
          "the model was trained on "
              + Names.count(all.trainedOn, "row")
              + ", which rows: all takes in");
    }
    if (all.incomplete > 0) {
      reasons.add(
          Names.count(all.incomplete, "row") + " left out for missing values need missing: mean");
    }
    if (!all.anomalies.isEmpty()) {
      reasons.add("the label makes anomalies of all others");
    }
    return reasons.isEmpty()
        ? "; correct source.where or label"
        : ": " + String.join(", ", reasons);
  }

  /**
   * Which rows of a table the model was trained on; empty if none can be, or if that cannot be
   * known.
   */
  private static Optional<Trained> trained(
      Dataset<Row> table, SourceSettings source, Model model, Choice choice, List<String> notices) {
    SourceSettings before = model.config().data().source();
    Configuration hadoop = table.sparkSession().sparkContext().hadoopConfiguration();
    if (!before.table().equals(source.table())
        || !paths(before, hadoop).equals(paths(source, hadoop))) {
      return Optional.empty();
    }
    Optional<Double> share = model.config().heldOut().map(HeldOutRows::share);
    HoldOutSettings held = model.config().data().holdOut();
    boolean known = held.byColumn() || model.config().features().tellHeldOut();
    if (!choice.heldOutOnly() || share.isEmpty() || !known) {
      notices.add(
          "the model was trained on rows of this source, and "
              + (share.isEmpty()
                  ? "held none out"
                  : known
                      ? "rows is set to all"
                      : "left out columns whose values decided which were held out")
              + ": results on them are optimistic");
      return Optional.empty();
    }
    return Optional.of(
        held.byColumn()
            ? new Trained(before.where(), 0, Optional.of(held))
            : new Trained(before.where(), share.get(), Optional.empty()));
  }

  private static List<Path> paths(SourceSettings source, Configuration hadoop) {
    return source.path().stream().map(path -> Location.of(path, hadoop).qualified()).toList();
  }

  private static Part read(
      Dataset<Row> table,
      SourceSettings source,
      FeatureSettings features,
      Choice choice,
      Optional<Trained> trained) {
    Dataset<Row> flagged =
        table
            .withColumn(LABEL, label(table, choice.label()))
            .withColumn(
                CANDIDATE, trained.map(rows -> rows.candidate(table)).orElse(functions.lit(false)));
    ModelInput input = ModelInput.of(flagged, features.features(), source.key());
    Reader reader = new Reader(input, features, choice, trained.map(Trained::heldOut).orElse(1.0));
    try {
      JavaRDD<Part> parts = InternalRows.of(input.rows()).mapPartitions(reader::read);
      // Of no partitions, as of a day that a table does not have, there is nothing to reduce.
      return parts.treeAggregate(new Part(choice.most()), Part::and, Part::and);
    } catch (Exception e) {
      throw TaskFailure.inside(e)
          .<RuntimeException>map(found -> found)
          .orElseGet(() -> TableReader.whileReading(source, e));
    }
  }

  private static Column label(Dataset<Row> table, Optional<String> label) {
    if (label.isEmpty()) {
      return functions.lit(0.0);
    }
    String name = label.get();
    boolean isColumn = Arrays.asList(table.columns()).contains(name);
    Column column;
    DataType type;
    try {
      column = isColumn ? Features.quoted(name) : functions.expr(name);
      // Neither an aggregate nor a generator is one value for each row.
      Column ofARow = functions.coalesce(column, functions.lit(null));
      type = table.withColumn(LABEL, ofARow).schema().apply(LABEL).dataType();
    } catch (Exception e) {
      if (e instanceof AnalysisException) {
        throw new DataException(
            "label names neither a column nor an expression of one: "
                + Names.withSuggestion(name, List.of(table.columns())),
            e);
      }
      throw e;
    }
    if (!(type instanceof NumericType) && !(type instanceof BooleanType)) {
      throw new DataException(
          "label "
              + name
              + " is "
              + type.simpleString()
              + "; give a column of 0 and 1 or of true and false, or an expression such as \""
              + (isColumn ? Names.inSql(name) : name)
              + " = 'fraud'\"");
    }
    return functions.coalesce(column.cast("double"), functions.lit(0.0));
  }

  private static float[] packed(List<Candidate> chosen) {
    if (chosen.isEmpty()) {
      return new float[0];
    }
    int width = chosen.get(0).values.length;
    float[] packed = new float[chosen.size() * width];
    for (int i = 0; i < chosen.size(); i++) {
      System.arraycopy(chosen.get(i).values, 0, packed, i * width, width);
    }
    return packed;
  }

  /** A row that may be taken. */
  private static final class Candidate implements Serializable {
    private static final long serialVersionUID = 1;

    /** By hash, and then by values: rows with one hash are almost certainly equal. */
    static final Comparator<Candidate> ORDER =
        (a, b) -> {
          int order = Double.compare(a.hash, b.hash);
          return order != 0 ? order : Arrays.compare(a.values, b.values);
        };

    final double hash;
    final float[] values;

    Candidate(double hash, float[] values) {
      this.hash = hash;
      this.values = values;
    }
  }

  /** The rows taken from some of the partitions. */
  private static final class Part implements Serializable {
    private static final long serialVersionUID = 1;

    final int most;
    List<Candidate> usual = new ArrayList<>();
    List<Candidate> anomalies = new ArrayList<>();
    long read;
    long incomplete;
    long trainedOn;

    Part(int most) {
      this.most = most;
    }

    Part and(Part other) {
      Part both = new Part(most);
      both.usual = smallest(usual, other.usual);
      both.anomalies = smallest(anomalies, other.anomalies);
      both.read = read + other.read;
      both.incomplete = incomplete + other.incomplete;
      both.trainedOn = trainedOn + other.trainedOn;
      return both;
    }

    private List<Candidate> smallest(List<Candidate> a, List<Candidate> b) {
      List<Candidate> all = new ArrayList<>(a);
      all.addAll(b);
      all.sort(Candidate.ORDER);
      return new ArrayList<>(all.subList(0, Math.min(most, all.size())));
    }
  }

  /** Keeps the candidates with the smallest hashes. */
  private static final class Smallest {
    private final int most;
    private final PriorityQueue<Candidate> largestFirst =
        new PriorityQueue<>(Candidate.ORDER.reversed());

    Smallest(int most) {
      this.most = most;
    }

    boolean takes(double hash) {
      Candidate largest = largestFirst.peek();
      return largest == null || largestFirst.size() < most || hash <= largest.hash;
    }

    void add(Candidate candidate) {
      largestFirst.add(candidate);
      if (largestFirst.size() > most) {
        largestFirst.remove();
      }
    }

    List<Candidate> sorted() {
      List<Candidate> all = new ArrayList<>(largestFirst);
      all.sort(Candidate.ORDER);
      return all;
    }
  }

  /** Reads the rows of a partition. */
  private static final class Reader implements Serializable {
    private static final long serialVersionUID = 1;

    private final FeatureExtractor extractor;
    private final RowEncoder encoder;
    private final MissingValues missing;
    private final int label;
    private final int candidate;
    private final double heldOut;
    private final int most;

    Reader(ModelInput input, FeatureSettings features, Choice choice, double heldOut) {
      this.extractor = input.extractor();
      this.encoder = features.encoder();
      this.missing = choice.missing();
      this.label = input.schema().fieldIndex(LABEL);
      this.candidate = input.schema().fieldIndex(CANDIDATE);
      this.heldOut = heldOut;
      this.most = choice.most();
    }

    Iterator<Part> read(Iterator<InternalRow> rows) {
      Part part = new Part(most);
      Smallest usual = new Smallest(most);
      Smallest anomalies = new Smallest(most);
      int[] places = encoder.inOrder();
      double[] raw = new double[extractor.width()];
      while (rows.hasNext()) {
        InternalRow row = rows.next();
        part.read++;
        if (!extract(row, raw)) {
          part.incomplete++;
          continue;
        }
        double hash = ContentHash.second(raw);
        if (hash >= heldOut && row.getBoolean(candidate)) {
          part.trainedOn++;
          continue;
        }
        Smallest into = isAnomaly(row) ? anomalies : usual;
        if (into.takes(hash)) {
          float[] inputs = new float[encoder.inputs()];
          encoder.encode(raw, places, inputs, 0);
          into.add(new Candidate(hash, inputs));
        }
      }
      part.usual = usual.sorted();
      part.anomalies = anomalies.sorted();
      return List.of(part).iterator();
    }

    /**
     * Extracts the row's features; returns false if a value is missing and the row is to be
     * dropped.
     */
    private boolean extract(InternalRow row, double[] raw) {
      try {
        extractor.extract(row, raw);
      } catch (WrongLengthException e) {
        throw new DataException(
            "a row holds an array of length "
                + e.length()
                + ", but the model takes "
                + raw.length
                + "; "
                + SourceSettings.LEAVE_OUT,
            e);
      }
      for (int i = 0; i < raw.length; i++) {
        if (Double.isFinite(raw[i]) || encoder.takesMissing(i)) {
          continue;
        }
        if (missing == MissingValues.ERROR) {
          throw new DataException(
              "a row has a missing value in "
                  + extractor.name(i)
                  + "; "
                  + SourceSettings.LEAVE_OUT
                  + ", or set missing to drop or mean");
        }
        if (missing != MissingValues.MEAN) {
          return false;
        }
      }
      return true;
    }

    private boolean isAnomaly(InternalRow row) {
      double value = row.getDouble(label);
      if (value != 0 && value != 1) {
        throw new DataException(
            "label is "
                + value
                + " in a row; it must be 1 or true for anomalies, and 0 or false for usual rows");
      }
      return value == 1;
    }
  }
}
