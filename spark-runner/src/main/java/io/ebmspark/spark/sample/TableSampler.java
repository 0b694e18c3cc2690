package io.ebmspark.spark.sample;

import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.diagnostics.EffectiveSampleSize;
import io.ebmspark.core.diagnostics.RHat;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.sampler.StepInfo;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.spark.KeptBlocks;
import io.ebmspark.spark.ProcessCache;
import io.ebmspark.spark.Sent;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SessionZone;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.model.SentEnergy;
import java.io.Serializable;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * Draws rows from a model on the cluster, in the table's columns and units. A chain's noise is
 * addressed by its number, so the rows are the same on any cluster.
 */
public final class TableSampler {
  /** How often a chain's energy is recorded: at even intervals, the last at its end. */
  private static final int MARKS = 100;

  /** Chains whose energies R̂ and effective sizes are computed from: more add little. */
  private static final int JUDGED = 2_048;

  private TableSampler() {}

  /** The rows drawn, held on the cluster until this is closed, and how their chains went. */
  public static final class Samples implements AutoCloseable {
    private final SparkSession spark;
    private final FeatureSettings features;
    private final JavaRDD<Block> drawn;
    private final Broadcast<SentEnergy> sent;
    private final Runnable release;
    private final ChainDiagnostics diagnostics;

    private Samples(
        SparkSession spark,
        FeatureSettings features,
        JavaRDD<Block> drawn,
        Broadcast<SentEnergy> sent,
        Runnable release,
        ChainDiagnostics diagnostics) {
      this.spark = spark;
      this.features = features;
      this.drawn = drawn;
      this.sent = sent;
      this.release = release;
      this.diagnostics = diagnostics;
    }

    /**
     * The rows, in the table's columns, types and units, with the energies that scoring them would
     * give.
     *
     * @param energy the energy's column
     * @param clip whether numbers and dates are brought into the range of the training rows
     * @throws BadSettingException if a feature has that name, or the range is not known
     */
    public Dataset<Row> rows(String energy, boolean clip) {
      StructType schema = schema(features, energy);
      ZoneId zone = DateTimeUtils.getZoneId(SessionZone.of(spark));
      DrawnRows format = new DrawnRows(features, clip, zone);
      Broadcast<SentEnergy> energies = sent;
      JavaRDD<Row> table =
          drawn.flatMap(
              block -> {
                try (ProcessCache.Lease<RowEnergies> open = energies.value().open()) {
                  return format.rows(block.first, block.states, open.value()::energies).iterator();
                }
              });
      return SessionZone.in(
          spark,
          features.zone(),
          () -> DrawnRows.typed(spark.createDataFrame(table, DrawnRows.plain(schema)), schema));
    }

    /** The rows in the model's units, packed row-major, on the driver: for few of them. */
    public float[] packed() {
      return Vectors.joined(drawn.map(block -> block.states).collect());
    }

    /** How the chains went. */
    public ChainDiagnostics diagnostics() {
      return diagnostics;
    }

    @Override
    public void close() {
      release.run();
    }
  }

  private record Drawing(
      @Setting("the sampler") Sampler sampler,
      @Setting("how rows are drawn") SamplingSettings settings) {}

  /** The chains of one block: where they ended, and how they went. */
  private static final class Block implements Serializable {
    private static final long serialVersionUID = 1;

    /** The number of the first chain. */
    final long first;

    final float[] states;
    final Course course;

    Block(long first, float[] states, Course course) {
      this.first = first;
      this.states = states;
      this.course = course;
    }
  }

  /**
   * How the chains of one block went, as sums: the driver could not hold the course of every one of
   * many chains.
   */
  private static final class Course implements Serializable {
    private static final long serialVersionUID = 1;

    final int chains;
    final long accepted;

    /** Sums of the energies at each mark; not finite where one of them is not. */
    final double[] sums;

    /** The sum of squares of the last energies' deviations from their mean. */
    final double squares;

    /** The energies of each chain that is judged, over the second half of its steps. */
    final float[][] halves;

    Course(long first, float[][] energies, long accepted) {
      int marks = energies.length;
      this.chains = energies[0].length;
      this.accepted = accepted;
      this.sums = new double[marks];
      for (int i = 0; i < marks; i++) {
        for (float energy : energies[i]) {
          sums[i] += energy;
        }
      }
      double mean = sums[marks - 1] / chains;
      double deviations = 0;
      for (float energy : energies[marks - 1]) {
        deviations += Math.pow(energy - mean, 2);
      }
      this.squares = deviations;
      this.halves = new float[(int) Math.min(chains, Math.max(0, JUDGED - first))][];
      for (int chain = 0; chain < halves.length; chain++) {
        halves[chain] = new float[marks - marks / 2];
        for (int i = 0; i < halves[chain].length; i++) {
          halves[chain][i] = energies[marks / 2 + i][chain];
        }
      }
    }
  }

  /**
   * Draws rows.
   *
   * @param sampler at the temperature wanted for the rows
   * @param seed another seed gives other rows
   * @throws DivergedException if a chain leaves the finite numbers
   */
  public static Samples draw(
      SparkSession spark,
      Model model,
      SamplingSettings settings,
      Sampler sampler,
      long rows,
      long seed) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    SentEnergy energy =
        new SentEnergy(model.config().energy(), model.config().rowShape(), model.parameters());
    Broadcast<SentEnergy> sent = context.broadcast(energy);
    Broadcast<Sent<Drawing>> how = context.broadcast(new Sent<>(new Drawing(sampler, settings)));
    List<Long> blocks =
        LongStream.range(0, (rows + RowEnergies.BLOCK_ROWS - 1) / RowEnergies.BLOCK_ROWS)
            .boxed()
            .toList();
    context.setJobDescription("drawing " + rows + " rows");
    JavaRDD<Block> drawn =
        context
            .parallelize(blocks, blocks.size())
            .map(
                block -> {
                  long first = block * RowEnergies.BLOCK_ROWS;
                  long last = Math.min(rows, first + RowEnergies.BLOCK_ROWS);
                  long[] chains = LongStream.range(first, last).toArray();
                  return run(sent.value(), how.value().value(Drawing.class), chains, seed);
                })
            .persist(StorageLevel.MEMORY_AND_DISK());
    // A block that is lost before the rows are written is drawn again, and needs the energy.
    Runnable release =
        () -> {
          KeptBlocks.release(drawn);
          sent.destroy();
          how.destroy();
          energy.release();
        };
    try {
      ChainDiagnostics diagnostics =
          diagnostics(drawn.map(block -> block.course).collect(), settings.steps(), sampler);
      return new Samples(spark, model.config().features(), drawn, sent, release, diagnostics);
    } catch (Throwable e) {
      release.run();
      throw e;
    } finally {
      context.setJobDescription(null);
    }
  }

  private static Block run(SentEnergy energy, Drawing how, long[] chains, long seed) {
    ChainNoise starts = ChainNoise.of(seed, Purpose.SAMPLING_START, 0, chains);
    ChainNoise noise = ChainNoise.of(seed, Purpose.SAMPLING, 0, chains);
    try (ProcessCache.Lease<RowEnergies> lease = energy.open()) {
      Sampler sampler = how.sampler();
      SamplingSettings settings = how.settings();
      RowEnergies open = lease.value();
      float[] states = open.starts(settings.start(), settings.startScale(), starts);
      Watch watch = new Watch(open, settings.steps());
      float[] ends = open.run(sampler, states, settings.steps(), noise, watch);
      Course course = new Course(chains[0], watch.energies, watch.accepted);
      return new Block(chains[0], ends, course);
    }
  }

  /** Records the chains' energies at marks along the way, and counts the steps accepted. */
  private static final class Watch implements Sampler.Observer {
    final float[][] energies;
    long accepted;
    private final RowEnergies open;
    private final int steps;

    Watch(RowEnergies open, int steps) {
      this.energies = new float[Math.min(MARKS, steps)][];
      this.open = open;
      this.steps = steps;
    }

    @Override
    public int next(int done) {
      return Math.toIntExact(-Math.floorDiv(-(mark(done) + 1L) * steps, (long) energies.length));
    }

    @Override
    public void onStep(int done, Tensor position, StepInfo info) {
      energies[mark(done) - 1] = open.energies(position.toFloats());
      accepted += info.accepted().map(each -> Math.round(each.sum().toDouble())).orElse(0L);
    }

    /** How many marks a chain has passed after a number of steps. */
    private int mark(int done) {
      return (int) ((long) done * energies.length / steps);
    }
  }

  private static ChainDiagnostics diagnostics(List<Course> blocks, int steps, Sampler sampler) {
    int marks = blocks.get(0).sums.length;
    long chains = 0;
    long accepted = 0;
    double[] sums = new double[marks];
    for (Course block : blocks) {
      chains += block.chains;
      accepted += block.accepted;
      for (int i = 0; i < marks; i++) {
        if (!Double.isFinite(block.sums[i])) {
          throw new DivergedException(
              (long) steps * (i + 1) / marks,
              "a sampling chain has energy " + block.sums[i],
              "smaller steps in sampling.sampler, or fewer sampling.steps");
        }
        sums[i] += block.sums[i];
      }
    }
    double mean = sums[marks - 1] / chains;
    double squares = 0;
    for (Course block : blocks) {
      double difference = block.sums[marks - 1] / block.chains - mean;
      squares += block.squares + block.chains * difference * difference;
    }
    List<Double> trace = new ArrayList<>();
    for (int tenth = 1; tenth <= 10; tenth++) {
      trace.add(sums[Math.max(1, marks * tenth / 10) - 1] / chains);
    }
    Optional<ChainDiagnostics.Mixing> mixing =
        sampler.settles() ? Optional.of(mixing(judged(blocks))) : Optional.empty();
    return new ChainDiagnostics(
        chains,
        trace,
        Math.sqrt(squares / chains),
        mixing,
        sampler.rejects()
            ? OptionalDouble.of((double) accepted / chains / steps)
            : OptionalDouble.empty());
  }

  private static ChainDiagnostics.Mixing mixing(double[][] judged) {
    return new ChainDiagnostics.Mixing(
        RHat.of(judged), EffectiveSampleSize.bulk(judged) / judged.length);
  }

  private static double[][] judged(List<Course> blocks) {
    return blocks.stream()
        .flatMap(block -> Arrays.stream(block.halves))
        .map(half -> IntStream.range(0, half.length).mapToDouble(i -> half[i]).toArray())
        .toArray(double[][]::new);
  }

  /**
   * The columns of the rows drawn: those the model was trained on, in their types, and the energy.
   *
   * @throws BadSettingException if a feature has the name meant for the energy
   */
  public static StructType schema(FeatureSettings features, String energy) {
    Names.columnOf(energy, features.columns())
        .ifPresent(
            feature -> {
              throw new BadSettingException(
                  "energyColumn",
                  "is "
                      + energy
                      + ", which is a feature of the model"
                      + (feature.equals(energy) ? "" : ", " + feature + ", in another case")
                      + "; choose another");
            });
    return DrawnRows.columns(features).add(energy, DataTypes.DoubleType);
  }
}
