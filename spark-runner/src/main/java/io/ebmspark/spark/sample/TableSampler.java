package io.ebmspark.spark.sample;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.spark.TaskDevice;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.SentModel;
import io.ebmspark.spark.score.TableScorer;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * Draws rows from a model on the cluster, in the table's columns and units. A chain's noise is
 * addressed by its number, so the rows are the same on any cluster.
 */
public final class TableSampler {
  private static final int CHECKPOINTS = 10;

  private TableSampler() {}

  /** The rows drawn, and how their chains went. */
  public record Samples(Dataset<Row> rows, ChainDiagnostics diagnostics) {}

  private record Sent(
      @Setting("the sampler") Sampler sampler,
      @Setting("how rows are drawn") SamplingSettings settings) {}

  /** The chains of one block: where they ended, and their energies on the way. */
  private static final class Block implements Serializable {
    private static final long serialVersionUID = 1;

    final float[] states;
    final float[][] energies;

    Block(float[] states, float[][] energies) {
      this.states = states;
      this.energies = energies;
    }
  }

  /**
   * Draws rows.
   *
   * @param sampler at the temperature the rows are wanted at
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
    Broadcast<SentModel> sent = context.broadcast(new SentModel(model));
    String how = SettingsWriter.toJson(new Sent(sampler, settings));
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
                  return run(sent.value().model(), how, chains, seed);
                })
            .persist(StorageLevel.MEMORY_AND_DISK());
    ChainDiagnostics diagnostics =
        diagnostics(drawn.map(block -> block.energies).collect(), settings.steps());
    context.setJobDescription(null);
    FeatureSettings features = model.config().features();
    JavaRDD<Row> table =
        drawn.flatMap(block -> rows(block, sent.value().model().config().features()).iterator());
    return new Samples(spark.createDataFrame(table, schema(features)), diagnostics);
  }

  private static Block run(Model model, String how, long[] chains, long seed) {
    Sent sent = SettingsBinder.bind(SettingsTree.parse("sampling", how), Sent.class);
    Sampler sampler = sent.sampler;
    SamplingSettings settings = sent.settings;
    ChainNoise starts = ChainNoise.of(seed, Purpose.SAMPLING_START, 0, chains);
    ChainNoise noise = ChainNoise.of(seed, Purpose.SAMPLING, 0, chains);
    try (RowEnergies open = model.open(TaskDevice.current())) {
      float[] states = open.starts(settings.start(), settings.startScale(), starts);
      float[][] energies = new float[CHECKPOINTS][];
      for (int i = 0; i < CHECKPOINTS; i++) {
        int from = (int) ((long) settings.steps() * i / CHECKPOINTS);
        int to = (int) ((long) settings.steps() * (i + 1) / CHECKPOINTS);
        states = open.run(sampler, states, from, to, noise);
        energies[i] = open.energies(states);
      }
      return new Block(states, energies);
    }
  }

  private static ChainDiagnostics diagnostics(List<float[][]> blocks, int steps) {
    long chains = 0;
    double[] sums = new double[CHECKPOINTS];
    for (float[][] block : blocks) {
      chains += block[0].length;
      for (int i = 0; i < CHECKPOINTS; i++) {
        for (float energy : block[i]) {
          if (!Float.isFinite(energy)) {
            throw new DivergedException(
                (long) steps * (i + 1) / CHECKPOINTS, "a sampling chain has energy " + energy);
          }
          sums[i] += energy;
        }
      }
    }
    double[] means = new double[CHECKPOINTS];
    for (int i = 0; i < CHECKPOINTS; i++) {
      means[i] = sums[i] / chains;
    }
    double squares = 0;
    for (float[][] block : blocks) {
      for (float energy : block[CHECKPOINTS - 1]) {
        squares += Math.pow(energy - means[CHECKPOINTS - 1], 2);
      }
    }
    List<Double> trace = Arrays.stream(means).boxed().toList();
    return new ChainDiagnostics(
        chains, trace, Math.sqrt(squares / chains), potentialScaleReduction(blocks, chains));
  }

  /** R̂ = √(((n−1)W/n + B/n)/W) with n energies a chain, W within and B/n between the chains. */
  private static double potentialScaleReduction(List<float[][]> blocks, long chains) {
    int n = CHECKPOINTS / 2;
    double within = 0;
    double sumOfMeans = 0;
    double sumOfSquares = 0;
    for (float[][] block : blocks) {
      for (int chain = 0; chain < block[0].length; chain++) {
        double mean = 0;
        for (int i = n; i < CHECKPOINTS; i++) {
          mean += block[i][chain] / n;
        }
        for (int i = n; i < CHECKPOINTS; i++) {
          within += Math.pow(block[i][chain] - mean, 2) / (n - 1);
        }
        sumOfMeans += mean;
        sumOfSquares += mean * mean;
      }
    }
    if (chains < 2) {
      return Double.NaN;
    }
    within /= chains;
    double between = (sumOfSquares - sumOfMeans * sumOfMeans / chains) / (chains - 1);
    return Math.sqrt(((n - 1.0) / n * within + between) / within);
  }

  private static StructType schema(FeatureSettings features) {
    StructType schema = new StructType();
    if (features.packed()) {
      schema =
          schema.add(features.columns().get(0), DataTypes.createArrayType(DataTypes.DoubleType));
    } else {
      for (String column : features.columns()) {
        schema = schema.add(column, DataTypes.DoubleType);
      }
    }
    return schema.add(TableScorer.ENERGY, DataTypes.DoubleType);
  }

  private static List<Row> rows(Block block, FeatureSettings features) {
    FeatureScaling scaling = features.scaling();
    int width = scaling.width();
    float[] energies = block.energies[CHECKPOINTS - 1];
    List<Row> rows = new ArrayList<>(energies.length);
    for (int row = 0; row < energies.length; row++) {
      Object[] values = new Object[width];
      for (int i = 0; i < width; i++) {
        values[i] = scaling.toTable(i, block.states[row * width + i]);
      }
      Object[] cells =
          features.packed() ? new Object[] {values, null} : Arrays.copyOf(values, width + 1);
      cells[cells.length - 1] = (double) energies[row];
      rows.add(RowFactory.create(cells));
    }
    return rows;
  }
}
