package io.ebmspark.spark.evaluate;

import ai.djl.Device;
import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.energy.AffineInput;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.evaluation.AveragePrecision;
import io.ebmspark.core.evaluation.CorruptedRows;
import io.ebmspark.core.evaluation.EnergyDistance;
import io.ebmspark.core.evaluation.LikelihoodBounds;
import io.ebmspark.core.evaluation.MaximumMeanDiscrepancy;
import io.ebmspark.core.evaluation.Placements;
import io.ebmspark.core.evaluation.PrecisionBootstrap;
import io.ebmspark.core.evaluation.SlicedWasserstein;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.HeldOutLoss;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.encoding.RowEncoder;
import io.ebmspark.spark.evaluate.EvaluationSettings.Part;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.record.ChainRecord;
import io.ebmspark.spark.record.Evaluation;
import io.ebmspark.spark.record.LogLikelihood;
import io.ebmspark.spark.record.Measured;
import io.ebmspark.spark.record.SampleDistance;
import io.ebmspark.spark.sample.ChainDiagnostics;
import io.ebmspark.spark.sample.TableSampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.apache.spark.sql.SparkSession;

/**
 * Evaluates models on given rows. Everything except drawing rows is computed on the driver; the
 * same rows, in the same order, give the same bits.
 */
public final class Evaluator {
  /** Bounds the time and memory for wide rows. */
  private static final int MOST_VALUES = 5_000_000;

  private static final int DIRECTIONS = 200;
  private static final int REPLICATES = 200;

  private final SparkSession spark;
  private final EvaluationSettings settings;

  /**
   * How a loss is measured; two models must be compared by the same one.
   *
   * @param step the training step whose noise is used, and at which schedules are evaluated
   * @param seed of the noise
   */
  public record Yardstick(Objective objective, long step, long seed) {
    /** A model's own objective, at its last step. */
    public static Yardstick of(TrainingSettings training) {
      return new Yardstick(
          training.objective(), Math.max(0, training.steps() - 1), training.seed());
    }

    private Yardstick with(Objective other) {
      return new Yardstick(other, step, seed);
    }
  }

  public Evaluator(SparkSession spark, EvaluationSettings settings) {
    this.spark = spark;
    this.settings = settings;
  }

  /** The most rows per label to evaluate on, for rows of a given width. */
  public int mostRows(int width) {
    return Math.max(2, Math.min(settings.rows(), MOST_VALUES / width));
  }

  /**
   * Evaluates a model with its own objective, as {@link #evaluate(String, Model, EvaluationRows,
   * Yardstick)} does.
   */
  public Evaluated evaluate(String name, Model model, EvaluationRows rows) {
    return evaluate(name, model, rows, Yardstick.of(model.config().training()));
  }

  /**
   * Evaluates a model.
   *
   * @param name the model's name
   * @param rows it was not trained on, in any units; only the first {@link #mostRows} are used
   * @param yardstick whose objective replaces the model's own, unless the settings name one
   * @throws IllegalArgumentException if the rows do not have the model's width
   */
  public Evaluated evaluate(String name, Model model, EvaluationRows rows, Yardstick yardstick) {
    int width = rows.units().width();
    if (width != model.config().features().scale().size()) {
      throw new IllegalArgumentException(
          "rows of width "
              + width
              + " for a model of "
              + model.config().features().scale().size()
              + " features");
    }
    EvaluationRows chosen = rows.atMost(mostRows(width));
    return new Work(
            name, model, chosen, settings.objective().map(yardstick::with).orElse(yardstick))
        .evaluate();
  }

  /** One model and its rows. */
  private final class Work {
    private final String name;
    private final Model model;
    private final EvaluationRows rows;
    private final Yardstick yardstick;
    private final FeatureScaling units;
    private final List<String> notices = new ArrayList<>();
    private double[] losses = {};
    private float[] drawn = {};

    Work(String name, Model model, EvaluationRows rows, Yardstick yardstick) {
      this.name = name;
      this.model = model;
      this.rows = rows;
      this.yardstick = yardstick;
      this.units = model.config().features().scaling();
    }

    Evaluated evaluate() {
      float[] energies;
      Optional<float[]> anomalies = settings.has(Part.RANKING) ? anomalies() : Optional.empty();
      Optional<float[]> ofAnomalies;
      try (RowEnergies open = model.open(Device.cpu())) {
        energies = energies(open, rows.usual());
        ofAnomalies = anomalies.map(packed -> energies(open, packed));
      }
      float[] ranked = Statistics.ranked(energies);
      Optional<float[]> rankedAnomalies = ofAnomalies.map(Statistics::ranked);
      Optional<Placements> placements = rankedAnomalies.map(high -> Placements.of(ranked, high));
      Optional<PrecisionBootstrap> precision =
          rankedAnomalies.map(
              high -> PrecisionBootstrap.of(ranked, high, REPLICATES, settings.seed()));
      Optional<Objectives> objectives =
          settings.has(Part.OBJECTIVE) ? objectives() : Optional.empty();
      Optional<ChainDiagnostics> chains = draw();
      Evaluation evaluation =
          new Evaluation(
              name,
              rows.count(),
              objectives.map(Objectives::trained),
              objectives.flatMap(Objectives::untrained),
              objectives.flatMap(Objectives::gaussian),
              meanEnergy(energies),
              alertRate(ranked),
              placements.map(p -> Statistics.measured(p.area(), p.standardError())),
              rankedAnomalies.map(
                  high ->
                      Statistics.measured(
                          AveragePrecision.of(ranked, high),
                          precision.orElseThrow().standardError())),
              placements.map(p -> rows.anomalies().length > 0 ? "label" : "corrupted"),
              placements.map(p -> (long) p.ofPositives().length),
              settings.has(Part.SAMPLES) && drawn.length > 0 ? distances() : Map.of(),
              likelihood(),
              settings.has(Part.SAMPLES) ? chains.map(Evaluator::chainRecord) : Optional.empty());
      return new Evaluated(evaluation, energies, losses, placements, precision, drawn, notices);
    }

    private float[] energies(RowEnergies open, float[] packed) {
      return open.energies(EvaluationRows.convert(packed, rows.units(), units));
    }

    /** Known anomalies, or else corrupted rows, in the rows' units. */
    private Optional<float[]> anomalies() {
      List<String> names = model.config().features().features().featureNames();
      if (rows.anomalies().length > 0) {
        return Optional.of(rows.anomalies());
      }
      int[] columns = RowEncoder.places(names, model.config().features().encodings());
      if (names.size() < 2 || rows.count() < 2) {
        notices.add("nothing is ranked: rows of one column, or a single row, cannot be corrupted");
        return Optional.empty();
      }
      return Optional.of(CorruptedRows.of(rows.usual(), columns, settings.seed()));
    }

    private Measured meanEnergy(float[] energies) {
      double[] finite = Statistics.finite(energies);
      if (finite.length < energies.length) {
        notices.add(
            (energies.length - finite.length)
                + " of "
                + energies.length
                + " rows have no finite energy; the mean energy is that of the others");
      }
      return finite.length == 0
          ? new Measured(Double.POSITIVE_INFINITY, Optional.empty())
          : Statistics.mean(finite);
    }

    private Optional<Measured> alertRate(float[] ranked) {
      double rate = settings.falsePositiveRate();
      Optional<Calibration> calibration =
          model.calibration().filter(held -> held.smallestRate() <= rate);
      if (calibration.isEmpty()) {
        notices.add(
            "the alert rate is left out: a false-positive rate of "
                + rate
                + " needs "
                + Calibration.rowsFor(rate)
                + " rows held out from training, and the model has "
                + model.calibration().map(Calibration::rows).orElse(0));
        return Optional.empty();
      }
      return Optional.of(Statistics.share(calibration.get().alarms(ranked, rate), ranked.length));
    }

    private record Objectives(
        Measured trained, Optional<Double> untrained, Optional<Double> gaussian) {}

    private Optional<Objectives> objectives() {
      long[] shape = model.config().rowShape();
      HeldOutLoss loss =
          new HeldOutLoss(
              yardstick.objective(),
              rows.usual(),
              LongStream.range(0, rows.count()).toArray(),
              yardstick.seed(),
              yardstick.step());
      if (!loss.tells(model.config().energy(), shape, model.trained())) {
        notices.add(
            "the held-out loss is left out: an objective that runs chains cannot measure a single"
                + " model; set evaluation.objective to another");
        return Optional.empty();
      }
      double[] found = loss.perRow(model.config().energy(), shape, model.trained(), inRowsUnits());
      if (!Arrays.stream(found).allMatch(Double::isFinite)) {
        notices.add("the held-out loss is left out: it is not finite on some rows");
        return Optional.empty();
      }
      losses = found;
      float[] fresh =
          model.config().energy().parameters(shape).initialise(model.config().training().seed());
      double untrained =
          Statistics.mean(loss.perRow(model.config().energy(), shape, fresh, inRowsUnits()))
              .value();
      return Optional.of(
          new Objectives(
              Statistics.mean(losses),
              Double.isFinite(untrained) ? Optional.of(untrained) : Optional.empty(),
              loss.ofGaussianAcross()));
    }

    /**
     * The model's energy as a function of rows in their own units: {@code z' = (z·s + o − o')/s'}.
     */
    private UnaryOperator<PreparedEnergy> inRowsUnits() {
      if (EvaluationRows.same(rows.units(), units)) {
        return UnaryOperator.identity();
      }
      int width = units.width();
      double[] factor = new double[width];
      double[] shift = new double[width];
      for (int i = 0; i < width; i++) {
        factor[i] = rows.units().scale()[i] / units.scale()[i];
        shift[i] = (rows.units().offset()[i] - units.offset()[i]) / units.scale()[i];
      }
      return energy ->
          new AffineInput(
              energy, model.config().rowShape(), factor, shift, model.config().temperature());
    }

    /** Draws rows, if needed and possible. */
    private Optional<ChainDiagnostics> draw() {
      boolean forLikelihood =
          settings.has(Part.LIKELIHOOD) && units.width() <= settings.widestLikelihood();
      if (!settings.has(Part.SAMPLES) && !forLikelihood) {
        return Optional.empty();
      }
      if (units.width() > settings.widestSampled() && !forLikelihood) {
        notices.add(
            "no rows are drawn: a row has "
                + units.width()
                + " values, more than evaluation.widestSampled "
                + settings.widestSampled());
        return Optional.empty();
      }
      SamplingSettings sampling = model.config().sampling();
      int count =
          Math.max(
              settings.has(Part.SAMPLES) ? compared() : 0, forLikelihood ? settings.chains() : 0);
      try (TableSampler.Samples samples =
          TableSampler.draw(
              spark,
              model,
              sampling,
              sampling.samplerFor(model.config().energy(), model.config().temperature(), false),
              count,
              settings.seed())) {
        drawn = EvaluationRows.convert(samples.packed(), units, rows.units());
        return Optional.of(samples.diagnostics());
      } catch (DivergedException e) {
        notices.add("no rows are drawn: " + e.getMessage());
        return Optional.empty();
      }
    }

    /**
     * The number of rows on each side of a comparison: at most half of those given, so that their
     * halves can be compared too.
     */
    private int compared() {
      return Math.min(settings.sampleRows(), Math.max(2, rows.count() / 2));
    }

    /**
     * Distances from drawn rows to the first half of the rows, and as their floor those from the
     * other half to it.
     */
    private Map<String, SampleDistance> distances() {
      int width = units.width();
      int count = Math.min(compared(), rows.count() / 2);
      Map<String, SampleDistance> distances = new LinkedHashMap<>();
      if (count < 2) {
        return distances;
      }
      float[] first = Arrays.copyOf(rows.usual(), count * width);
      float[] second = Arrays.copyOfRange(rows.usual(), count * width, 2 * count * width);
      float[] samples = Arrays.copyOf(drawn, count * width);
      distances.put(
          "slicedWasserstein", distance(samples, first, second, (a, b) -> sliced(a, b, width)));
      distances.put(
          "energyDistance",
          distance(samples, first, second, (a, b) -> EnergyDistance.between(a, b, width)));
      distances.put(
          "meanDiscrepancy",
          distance(
              samples,
              first,
              second,
              (a, b) -> MaximumMeanDiscrepancy.between(a, b, width, 0, 0).squared()));
      return distances;
    }

    private double sliced(float[] a, float[] b, int width) {
      return SlicedWasserstein.distance(a, b, width, DIRECTIONS, settings.seed());
    }

    private Optional<LogLikelihood> likelihood() {
      if (!settings.has(Part.LIKELIHOOD)) {
        return Optional.empty();
      }
      if (units.width() > settings.widestLikelihood()) {
        notices.add(
            "the likelihood is not bounded: a row has "
                + units.width()
                + " values, more than evaluation.widestLikelihood "
                + settings.widestLikelihood());
        return Optional.empty();
      }
      if (drawn.length == 0) {
        return Optional.empty();
      }
      int width = units.width();
      float[] own = EvaluationRows.convert(drawn, rows.units(), units);
      LikelihoodBounds bounds =
          LikelihoodBounds.of(
              model.config().energy(),
              model.config().rowShape(),
              model.trained(),
              model.config().temperature(),
              EvaluationRows.convert(rows.usual(), rows.units(), units),
              Arrays.copyOf(own, Math.min(own.length, settings.chains() * width)),
              settings.distributions(),
              settings.seed());
      if (!bounds.isToBeTrusted()) {
        notices.add("the likelihood is not bounded: " + bounds.distrust());
        return Optional.empty();
      }
      double volume = 0; // log volume of a unit cell of the rows' units, in the model's units
      for (int i = 0; i < width; i++) {
        volume += Math.log(rows.units().scale()[i] / units.scale()[i]);
      }
      return Optional.of(
          new LogLikelihood(
              bounds.lower() + volume, bounds.upper() + volume, bounds.standardError()));
    }
  }

  /** A distance between two packed samples. */
  private interface Distance {
    double between(float[] a, float[] b);
  }

  private static SampleDistance distance(
      float[] samples, float[] first, float[] second, Distance distance) {
    return new SampleDistance(
        distance.between(samples, first), Optional.of(distance.between(second, first)));
  }

  private static ChainRecord chainRecord(ChainDiagnostics chains) {
    boolean settled = chains.hasSettled();
    return new ChainRecord(
        chains.mixing().flatMap(mixing -> finite(mixing.rHat())),
        chains.mixing().flatMap(mixing -> finite(mixing.drawsPerChain() * chains.chains())),
        chains.acceptance().isPresent()
            ? Optional.of(chains.acceptance().getAsDouble())
            : Optional.empty(),
        chains.mixing().isEmpty()
            ? "each chain came down through the noise levels to a draw of its own"
            : settled
                ? "the chains' mean energy has settled"
                : "the chains' mean energy is still drifting: more sampling.steps or a larger step size"
                    + " are needed");
  }

  private static Optional<Double> finite(double value) {
    return Double.isFinite(value) ? Optional.of(value) : Optional.empty();
  }
}
