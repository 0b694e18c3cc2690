package io.ebmspark.core.energy;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import io.ebmspark.core.onnx.OnnxValue;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * One energy per noise level, and the strictest of their verdicts: {@code E(x) = maxₖ (Eₖ(x) −
 * mₖ)/sₖ}, where {@code Eₖ(x) = ½‖x‖²/(1 + τₖ²) + fₖ(x/√(1 + τₖ²))}.
 *
 * <p>No single noise suits every table: little noise shows rows that lie between the modes, much
 * noise rows that are far from all others, or that form a small cluster of their own. A row is
 * unusual if it is so at any level. Each Eₖ is trained at its own τₖ ({@link
 * io.ebmspark.core.objective.LevelDenoising}); its quadratic part is the energy of standardised
 * rows under that noise, so that rows far from all data stay far whatever the network has learnt.
 * One more verdict is that of the neighbours: training rows kept in the model, which know better
 * than a smooth network what lies between them ({@link Neighbours}). Score matching leaves an
 * energy's constant open, and levels differ in spread: mₖ and sₖ, the median and the interquartile
 * range over training rows, make them comparable ({@link #settle}).
 *
 * <p>Another is that of one more such network, under the quadratic part of a noise of 1, trained to
 * tell rows from perturbed ones ({@link io.ebmspark.core.objective.MixedEnergyDiscrepancy}). Normal
 * noise on the inputs of a column of levels leads to rows that no table holds, so the levels of
 * noise learn little of which values belong together; this learns that first.
 *
 * <p>The combined energy ranks rows; it is no log-density. Rows are drawn by going down the levels
 * ({@link io.ebmspark.core.sampler.ReverseDiffusion}), or by another sampler from the level of
 * least noise.
 */
public record NoiseLevels(
    @Setting(
            value = "the network f of each level, beside its quadratic part",
            defaultsTo = "{kind: mlp, hidden: [128, 128]}")
        Energy energy,
    @Setting(
            value = "noise τ of each level, in model units, from the least on",
            defaultsTo = "[0.1, 0.6, 2, 4]")
        List<Double> levels,
    @Setting(
            value =
                "training rows kept in the model, whose distances to a row are one more level; 0"
                    + " keeps none",
            defaultsTo = "0")
        int neighbours,
    @Setting(
            value =
                "whether one more network is trained by energy discrepancy, as one more verdict, for"
                    + " rows some of whose inputs are the levels of a column",
            defaultsTo = "false")
        boolean discrepancy)
    implements Combination {
  private static final int BLOCK_ROWS = 512;

  /** Rows of levels computed in one call: more do not fit the caches, few are mostly calls. */
  private static final int TOGETHER_ROWS = 512;

  /** The rows that medians and spreads are measured on. */
  private static final int MEASURED_ROWS = 1_024;

  /** The quadratic part of the network beside the levels: that of rows under a noise of 1. */
  private static final double BESIDE = 0.5;

  /** What the verdict of that network counts: chosen on the mixed tables of docs/results.md. */
  private static final float WEIGHT = 2;

  public NoiseLevels {
    Check.notEmpty("levels", levels);
    levels = List.copyOf(levels);
    for (int i = 0; i < levels.size(); i++) {
      Check.positive("levels", levels.get(i));
      Check.that(
          i == 0 || levels.get(i - 1) < levels.get(i), "levels", "must increase, got " + levels);
    }
    Check.notNegative("neighbours", neighbours);
    Check.that(neighbours != 1, "neighbours", "must be 0 or at least 2, got 1");
  }

  /** Levels without neighbours. */
  public NoiseLevels(Energy energy, List<Double> levels) {
    this(energy, levels, 0, false);
  }

  @Override
  public List<Energy> parts() {
    return List.of(energy);
  }

  @Override
  public ParameterLayout parameters(long... shape) {
    ParameterLayout layout = ParameterLayout.EMPTY;
    for (int i = 0; i < levels.size(); i++) {
      layout = layout.and("level" + i, energy.parameters(shape));
    }
    return discrepancy ? layout.and("discrepancy", energy.parameters(shape)) : layout;
  }

  @Override
  public ParameterLayout settled(long... shape) {
    long[] each = {verdicts()};
    ParameterLayout layout =
        parameters(shape)
            .and(
                new Parameter("median", each, Initializer.constant(0)),
                new Parameter("spread", each, Initializer.constant(1)));
    return neighbours == 0 ? layout : layout.and(Neighbours.of(neighbours, shape));
  }

  private int verdicts() {
    return levels.size() + (neighbours == 0 ? 0 : 1) + (discrepancy ? 1 : 0);
  }

  @Override
  public Prepared prepare(Weights weights) {
    return new Prepared(weights);
  }

  @Override
  public int rowsToSettle() {
    return Math.max(MEASURED_ROWS, neighbours);
  }

  /**
   * Chooses the neighbours, and measures every verdict's median and spread.
   *
   * <p>Where at least half of the rows have one energy, their spread is 0, and is taken as 1.
   */
  @Override
  public float[] settle(float[] parameters, float[] rows, long... shape) {
    ParameterLayout layout = settled(shape);
    float[] settled = Arrays.copyOf(parameters, layout.size());
    int median = parameters.length;
    int spread = median + verdicts();
    float[] kept = Neighbours.chosen(rows, neighbours, Shapes.width(shape));
    System.arraycopy(kept, 0, settled, spread + verdicts(), kept.length);
    float[][] energies = verdicts(settled, layout, rows, shape);
    for (int i = 0; i < energies.length; i++) {
      Arrays.sort(energies[i]);
      float range = quantile(energies[i], 0.75) - quantile(energies[i], 0.25);
      settled[median + i] = quantile(energies[i], 0.5);
      float weight = discrepancy && i == energies.length - 1 ? WEIGHT : 1;
      settled[spread + i] = (range == 0 ? 1 : range) / weight;
    }
    return settled;
  }

  /**
   * The energies of rows by each verdict, in blocks that are always full: equal rows would differ
   * by rounding at the end of a shorter one, and that be taken for their spread.
   */
  private float[][] verdicts(
      float[] parameters, ParameterLayout layout, float[] rows, long... shape) {
    int width = Shapes.width(shape);
    int count = rows.length / width;
    float[][] energies = new float[verdicts()][count];
    try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT32)) {
      Prepared prepared = prepare(Weights.of(layout, scope.upload(parameters, layout.size())));
      for (int from = 0; from < count; from += BLOCK_ROWS) {
        int to = Math.min(count, from + BLOCK_ROWS);
        float[] block = Arrays.copyOfRange(rows, from * width, (from + BLOCK_ROWS) * width);
        try (TensorScope work = scope.child()) {
          Tensor x = work.upload(block, Shapes.batch(BLOCK_ROWS, shape));
          for (int i = 0; i < energies.length; i++) {
            float[] values = prepared.verdicts.get(i).value(x).toFloats();
            System.arraycopy(values, 0, energies[i], from, to - from);
          }
        }
      }
    }
    return energies;
  }

  private static float quantile(float[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1, (long) (share * sorted.length))];
  }

  /** The energies of all levels, at given weights; before {@link #settle}, uncorrected. */
  public final class Prepared extends PreparedEnergy {
    private final Weights weights;
    private final List<Level> networks = new ArrayList<>();
    private final List<PreparedEnergy> verdicts = new ArrayList<>();
    private final boolean settled;
    private final Supplier<float[]> rows;
    private final Optional<PreparedEnergy> beside;

    private Prepared(Weights weights) {
      super(weights.scope());
      this.weights = weights;
      for (int i = 0; i < levels.size(); i++) {
        PreparedEnergy network = energy.prepare(weights.under("level" + i));
        networks.add(new Level(network, 1 / (1 + levels.get(i) * levels.get(i))));
      }
      verdicts.addAll(networks);
      this.settled = weights.has("median");
      if (weights.has(Neighbours.ROWS)) {
        Neighbours kept = new Neighbours(weights);
        verdicts.add(kept);
        this.rows = once(kept::rows);
      } else {
        this.rows = () -> new float[0];
      }
      this.beside =
          discrepancy
              ? Optional.of(new Level(energy.prepare(weights.under("discrepancy")), BESIDE))
              : Optional.empty();
      beside.ifPresent(verdicts::add);
    }

    /** The noise τ of each level. */
    public List<Double> noise() {
      return levels;
    }

    /** The energy of a level, the density of rows under its noise. */
    public PreparedEnergy level(int i) {
      return verdicts.get(i);
    }

    /**
     * The scores of all levels, each at rows of its own.
     *
     * @param x (levels, batch, …shape)
     * @return energies (levels, batch), gradients of x's shape, and the way back from such
     */
    public Score scores(Tensor x) {
      double[] precisions = networks.stream().mapToDouble(level -> level.precision).toArray();
      Tensor precision =
          x.scope().upload(precisions, Shapes.along(0, precisions.length, x.dimension()));
      Tensor factor = precision.sqrt();
      Score scaled = scoresOfNetworks(x.mul(factor));
      Tensor pull = x.mul(precision);
      Tensor twice = x.mul(pull).reshape(x.size(0), x.size(1), -1).sum(2);
      return new Score(
          scaled.energies().add(twice.mul(0.5)),
          scaled.gradients().mul(factor).add(pull),
          (v, gradient) -> scaled.pullBack().add(v.mul(factor), gradient));
    }

    /** The scores of the levels' networks alone, several in one call where they can be. */
    private Score scoresOfNetworks(Tensor x) {
      List<Score> scores = new ArrayList<>();
      if (!(energy instanceof Stackable network) || weights.isMapped()) {
        for (int i = 0; i < networks.size(); i++) {
          scores.add(networks.get(i).network.score(x.slice(0, i, i + 1).squeeze(0)).asStack());
        }
        return Score.joined(scores);
      }
      int together = (int) Math.max(1, TOGETHER_ROWS / x.size(1));
      for (int from = 0; from < networks.size(); from += together) {
        int to = Math.min(networks.size(), from + together);
        List<Weights> each =
            IntStream.range(from, to)
                .mapToObj(i -> weights.under("level" + i).in(x.scope()))
                .toList();
        scores.add(network.scores(x.slice(0, from, to), each));
      }
      return Score.joined(scores);
    }

    /** The energy beside the levels, which energy discrepancy trains, if there is one. */
    public Optional<PreparedEnergy> discrepancy() {
      return beside;
    }

    /** The training rows kept as neighbours, packed row-major; not a copy. */
    public float[] neighbours() {
      return rows.get();
    }

    /** The level of least noise. */
    @Override
    public PreparedEnergy density() {
      return level(0);
    }

    @Override
    public Tensor at(Tensor x) {
      return strictest(verdicts.stream().map(verdict -> verdict.at(x)).toList());
    }

    @Override
    public Tensor value(Tensor x) {
      return strictest(verdicts.stream().map(verdict -> verdict.value(x)).toList());
    }

    @Override
    public OnnxValue onnx(OnnxValue x) {
      OnnxValue all = OnnxValue.columns(verdicts.stream().map(each -> each.onnx(x)).toList());
      if (settled) {
        Weights frozen = weights.detached();
        all = all.sub(frozen.get("median")).div(frozen.get("spread"));
      }
      return all.max();
    }

    private Tensor strictest(List<Tensor> energies) {
      List<Tensor> columns = energies.stream().map(each -> each.unsqueeze(1)).toList();
      Tensor all = Tensor.concatenate(columns, 1);
      if (settled) {
        Weights here = weights.detached().in(all.scope());
        all = all.sub(here.get("median")).div(here.get("spread"));
      }
      return all.max(1);
    }
  }

  /** {@code ½c‖x‖² + f(√c·x)}. */
  private static final class Level extends PreparedEnergy {
    private final PreparedEnergy network;
    private final double precision;
    private final double factor;

    Level(PreparedEnergy network, double precision) {
      super(network.scope());
      this.network = network;
      this.precision = precision;
      this.factor = Math.sqrt(precision);
    }

    @Override
    public Tensor at(Tensor x) {
      return network.at(x.mul(factor)).add(quadratic(x));
    }

    @Override
    public Tensor value(Tensor x) {
      return network.value(x.mul(factor)).add(quadratic(x));
    }

    @Override
    public Score score(Tensor x) {
      return network.score(x.mul(factor)).scaled(1, factor, precision, x);
    }

    @Override
    public OnnxValue onnx(OnnxValue x) {
      return network.onnx(x.mul(factor)).add(x.square().sumPerRow().mul(precision / 2));
    }

    private Tensor quadratic(Tensor x) {
      return x.square().sumPerRow().mul(precision / 2);
    }

    @Override
    public Tensor gradient(Tensor x) {
      return network.gradient(x.mul(factor)).mul(factor).add(x.mul(precision));
    }
  }
}
