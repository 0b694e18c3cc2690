package io.ebmspark.core.training;

import ai.djl.Device;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.energy.Weights;
import io.ebmspark.core.engine.NotDifferentiableException;
import io.ebmspark.core.engine.ProcessMemory;
import io.ebmspark.core.engine.RunningSum;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.objective.Batch;
import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.settings.BadSettingException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The work on consecutive shards in one step: find the batch's rows in each, and sum their losses
 * and gradients, a block of rows at a time.
 *
 * <p>All threads of a process share one, and the parameters of the step they work on. Blocks keep
 * the working set in the processor's cache and native memory small, whatever the batch size.
 * Gradients stay in native memory until all shards of a run are joined.
 */
public final class GradientWorker {
  private static final int WEIGHED_EVERY = 100;

  private final Energy energy;
  private final Objective objective;
  private final ParameterLayout layout;
  private final long[] shape;
  private final BatchPlan plan;
  private final int blockRows;
  private final StepParameters parameters = new StepParameters();

  /**
   * A worker.
   *
   * @param shape the shape of one row
   * @param rows global number of rows
   */
  public GradientWorker(Energy energy, long[] shape, TrainingSettings settings, long rows) {
    this.energy = energy;
    this.objective = settings.objective();
    this.layout = energy.parameters(shape);
    this.shape = shape.clone();
    this.plan = new BatchPlan(rows, settings.batchSize(), settings.seed());
    this.blockRows = settings.blockRows();
  }

  /** The plan of this run's batches. */
  public BatchPlan plan() {
    return plan;
  }

  /**
   * The total of consecutive shards, computed one after another on a device.
   *
   * @param firstShard number of the first shard
   * @param shards read one at a time, so that uncached ones can be released
   */
  public StepTotal total(
      StepRequest request, int firstShard, Iterator<RowBlock> shards, Device device) {
    StepTotal total = new StepTotal(firstShard);
    if (request.step() % WEIGHED_EVERY == 0) {
      total.add(ProcessMemory.now());
    }
    ShardTree<ShardSums> tree = new ShardTree<>(firstShard, ShardSums::plus);
    try (StepParameters.Held held = parameters.hold(request, device)) {
      Work work = new Work(request, held.vector(), total);
      while (shards.hasNext()) {
        tree.add(work.sums(shards.next(), tree.end()));
      }
      tree.nodes()
          .forEach(
              node ->
                  total.add(new ShardTree.Node<>(node.level(), node.sum().toJava(layout.size()))));
    }
    return total;
  }

  /** One step's work on a run of shards, with the parameters loaded. */
  private final class Work {
    private final StepRequest request;
    private final Tensor vector;
    private final PreparedEnergy prepared;
    private final StepTotal total;

    /**
     * Work that has not begun.
     *
     * @param vector the parameters
     * @param total is told what there is besides sums: problems, and where chains ended
     */
    Work(StepRequest request, Tensor vector, StepTotal total) {
      this.request = request;
      this.vector = vector;
      this.prepared = energy.prepare(Weights.of(layout, vector));
      this.total = total;
    }

    /** The sums of one shard, over the rows that it holds of the batch. */
    ShardSums sums(RowBlock shard, int number) {
      BatchPlan.Part part = plan.part(request.step(), shard.firstRow(), shard.rows());
      // A step with a problem has no result, so later shards are counted but not computed.
      if (part.positions().length == 0 || total.problem() != null) {
        return ShardSums.NONE;
      }
      Sums sums = summed(shard, part);
      if (sums.problem != null) {
        total.report(sums.problem, number);
        return ShardSums.NONE; // what has been summed up may lack a gradient
      }
      if (keepsChains()) {
        total.add(new ChainEnds(part.positions(), sums.chainEnds));
      }
      return sums.sums();
    }

    private boolean keepsChains() {
      return request.chainStarts() != null;
    }

    private Sums summed(RowBlock shard, BatchPlan.Part part) {
      int rows = part.positions().length;
      Sums sums = new Sums(rows, shard.width(), keepsChains());
      int blocks = blocks(rows, blockRows);
      for (int block = 0; block < blocks && sums.problem == null; block++) {
        int from = (int) ((long) rows * block / blocks);
        int to = (int) ((long) rows * (block + 1) / blocks);
        try (TensorScope scope = vector.scope().child()) {
          Batch batch = batch(shard, part, from, to, scope);
          Losses losses = objective.losses(prepared, batch);
          losses.require(batch, objective);
          try {
            sums.add(losses, weights(shard, batch.indices()), vector, from);
          } catch (NotDifferentiableException e) {
            throw untrainable();
          }
        }
      }
      return sums;
    }

    private Batch batch(RowBlock shard, BatchPlan.Part part, int from, int to, TensorScope scope) {
      int width = shard.width();
      long[] indices = Arrays.copyOfRange(part.rows(), from, to);
      float[] values = new float[indices.length * width];
      float[] chains = request.chainStarts();
      float[] starts = chains == null ? new float[0] : new float[values.length];
      for (int i = 0; i < indices.length; i++) {
        int row = (int) (indices[i] - shard.firstRow());
        System.arraycopy(shard.values(), row * width, values, i * width, width);
        if (chains != null) {
          System.arraycopy(chains, part.positions()[from + i] * width, starts, i * width, width);
        }
      }
      long[] batchShape = Shapes.batch(indices.length, shape);
      return new Batch(
          scope.upload(values, batchShape),
          indices,
          chains == null ? null : scope.upload(starts, batchShape),
          request.seed(),
          request.step());
    }
  }

  private BadSettingException untrainable() {
    return layout.size() == 0
        ? new BadSettingException(
            "energy",
            "is " + energy.getClass().getName() + ", which has no parameters: nothing to train")
        : new BadSettingException(
            "training.objective",
            "is "
                + objective.getClass().getName()
                + ", whose losses do not depend differentiably on the energy's parameters; those"
                + " of PreparedEnergy.at and score do, value and gradient do not");
  }

  /**
   * How many blocks of equal length some rows are cut into: the length nearest to what was asked
   * for, as a last block of few rows would cost nearly as much as a full one.
   */
  static int blocks(int rows, int blockRows) {
    return (int) Math.max(1, Math.round((double) rows / blockRows));
  }

  /** What some rows of a shard count for; null if all count the same. */
  private static float @Nullable [] weights(RowBlock shard, long[] indices) {
    float[] all = shard.weights();
    if (all == null) {
      return null;
    }
    float[] weights = new float[indices.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = all[(int) (indices[i] - shard.firstRow())];
    }
    return weights;
  }

  /** Running sums over the blocks of one shard. */
  private static final class Sums {
    final int rows;
    final int width;
    final float[] chainEnds;
    final Map<String, Double> report = new TreeMap<>();
    @Nullable RunningSum gradient;
    double loss;
    @Nullable String problem;

    Sums(int rows, int width, boolean keepsChains) {
      this.rows = rows;
      this.width = width;
      this.chainEnds = new float[keepsChains ? rows * width : 0];
    }

    void add(Losses losses, float @Nullable [] weights, Tensor parameters, int firstPosition) {
      Tensor ends = losses.chainEnds();
      if (ends != null) {
        float[] states = ends.toFloats();
        check("chain state", "states", states, width);
        if (chainEnds.length > 0) {
          System.arraycopy(states, 0, chainEnds, firstPosition * width, states.length);
        }
      }
      double[] perRow = losses.perRow().toDoubles();
      check("loss", "rows", perRow);
      if (problem != null) {
        return;
      }
      loss += sum(perRow, weights);
      losses
          .report()
          .forEach(
              (name, values) -> {
                report.merge(name, sum(values.toDoubles(), weights), Double::sum);
              });
      Tensor counted =
          weights == null ? null : losses.perRow().scope().upload(weights, weights.length);
      add(losses.gradient(parameters, counted), parameters.scope());
    }

    private static double sum(double[] perRow, float @Nullable [] weights) {
      double sum = 0;
      for (int i = 0; i < perRow.length; i++) {
        sum += weights == null ? perRow[i] : weights[i] * perRow[i];
      }
      return sum;
    }

    /** Most shards have a single block, which needs no sums in double precision. */
    private void add(Tensor part, TensorScope scope) {
      checkGradient(part);
      if (problem != null) {
        return;
      }
      if (gradient == null) {
        gradient = RunningSum.of(part, scope);
      } else {
        gradient.addWide(part);
      }
    }

    /** What is not finite does not vanish in a sum, which takes one look at each element. */
    private void checkGradient(Tensor part) {
      if (Double.isFinite(part.sum().toDouble())) {
        return;
      }
      float[] values = part.toFloats();
      int at = Vectors.firstNotFinite(values);
      if (at >= 0) { // else only the sum has overflowed
        problem = "gradient of parameter " + at + " is " + values[at];
      }
    }

    private void check(String what, String many, float[] values, int stride) {
      int bad = 0;
      for (int row = 0; row < values.length / stride; row++) {
        for (int i = 0; i < stride; i++) {
          if (!Float.isFinite(values[row * stride + i])) {
            bad++;
            break;
          }
        }
      }
      if (bad > 0) {
        problem = what + " is not finite in " + bad + " of " + values.length / stride + " " + many;
      }
    }

    private void check(String what, String many, double[] values) {
      int bad = 0;
      for (double value : values) {
        bad += Double.isFinite(value) ? 0 : 1;
      }
      if (bad > 0 && problem == null) {
        problem = what + " is not finite in " + bad + " of " + values.length + " " + many;
      }
    }

    ShardSums sums() {
      if (gradient == null) {
        return ShardSums.NONE;
      }
      gradient.round();
      return new ShardSums(rows, loss, gradient, report);
    }
  }
}
