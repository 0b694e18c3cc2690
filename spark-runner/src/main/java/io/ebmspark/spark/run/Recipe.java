package io.ebmspark.spark.run;

import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Conv;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Initialised;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.NoiseLevels;
import io.ebmspark.core.objective.DenoisingScoreMatching;
import io.ebmspark.core.objective.LevelDenoising;
import io.ebmspark.core.objective.LevelInputs;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.schedule.Cosine;
import io.ebmspark.core.schedule.Schedule;
import io.ebmspark.core.settings.Partial;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.shards.ShardRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What is trained, and how, with everything that a job leaves open decided from its table: from the
 * number of rows and their shape alone, so that the same table gives the same choices on any
 * cluster.
 *
 * <p>A job that names its objective has the ordinary defaults for all else: the rules here are for
 * the objectives they choose. They were chosen on the development tables of docs/results.md.
 *
 * @param choices what was decided, and why, a sentence each
 */
public record Recipe(Energy energy, TrainingSettings training, List<String> choices) {
  private static final List<Double> NOISE_LEVELS = List.of(0.1, 0.6, 2.0, 4.0);

  /** Of a single energy: the level that does best alone where all rows are ordinary ones. */
  private static final double SINGLE_NOISE = 0.3;

  private static final long MOST_NEIGHBOURS = 4_096;

  /** So that a model of wide rows stays small. */
  private static final long MOST_NEIGHBOUR_VALUES = 1_000_000;

  private static final int NARROW = 64;

  /** From as many rows on, their fine grain is more than chance. */
  private static final long ROWS_WITH_GRAIN = 500;

  private static final long FEW_ROWS = 10_000;
  private static final long MANY_ROWS = 100_000;
  private static final long FEWEST_STEPS = 2_000;
  private static final long MOST_STEPS = 20_000;

  /** A shard's rows of a batch are computed together: of fewer, a step is mostly its calls. */
  private static final int LEAST_SHARD_ROWS = 32;

  private static final double LEARNING_RATE = 2e-3;

  /**
   * What is known of a table when a recipe is written.
   *
   * @param rows trained on
   * @param shape of one row
   * @param shards that the table was cut into, by {@link ShardRule} unless the job says how many
   * @param levels the inputs that hold the levels of a column
   */
  record Table(long rows, long[] shape, int shards, List<LevelInputs> levels) {}

  public Recipe {
    choices = List.copyOf(choices);
  }

  /**
   * Decides.
   *
   * @param energy what the job says of the energy
   * @param training what it says of the training
   * @throws SettingsException if rows of that shape need a choice that only a person can make, or
   *     if what the job says does not go with what follows from the table
   */
  static Recipe of(Optional<Energy> energy, Partial<TrainingSettings> training, Table table) {
    return new Decisions(training, table).recipe(energy);
  }

  /** The same, trained otherwise. */
  Recipe trainedAs(UnaryOperator<TrainingSettings> otherwise) {
    return new Recipe(energy, otherwise.apply(training), choices);
  }

  /** The same, with an objective that knows which inputs are the levels of a column. */
  private Recipe on(List<LevelInputs> levels) {
    return trainedAs(settings -> settings.withObjective(settings.objective().on(levels)));
  }

  /** Decides one thing after the other, and notes why. */
  private static final class Decisions {
    private final Partial<TrainingSettings> training;
    private final Table table;
    private final boolean namesObjective;

    /** Of the training settings that the job leaves open. */
    private final Map<String, Object> decided = new LinkedHashMap<>();

    private final List<String> choices = new ArrayList<>();

    Decisions(Partial<TrainingSettings> training, Table table) {
      this.training = training;
      this.table = table;
      this.namesObjective = training.says("objective");
    }

    Recipe recipe(Optional<Energy> named) {
      Energy energy = named.orElseGet(this::energy);
      if (isCut()) {
        decideShards();
      }
      if (!namesObjective) {
        decideTraining(energy instanceof NoiseLevels);
      }
      return new Recipe(energy, training.with(decided), choices).on(table.levels);
    }

    private void decide(String component, Object value, String reason) {
      if (!training.says(component)) {
        decided.put(component, value);
        choices.add("training." + component + ": " + reason);
      }
    }

    // ---- energy --------------------------------------------------------------------------------

    private Energy energy() {
      Energy network = network();
      boolean isLevelled =
          !namesObjective || training.provisional().objective() instanceof LevelDenoising;
      return isLevelled ? levels(begun(network)) : network;
    }

    private Energy levels(Energy network) {
      int neighbours = neighbours();
      choices.add(
          "energy: noise-levels "
              + NOISE_LEVELS
              + ", since no single noise suits every table, and "
              + neighbours
              + " neighbours, training rows that the model keeps");
      boolean isMixed = table.levels.stream().anyMatch(column -> column.off().size() > 1);
      if (isMixed) {
        choices.add(
            "energy: beside the levels a network that learns by energy discrepancy which"
                + " values of text belong together");
      }
      return new NoiseLevels(network, NOISE_LEVELS, neighbours, isMixed);
    }

    private int neighbours() {
      long most = MOST_NEIGHBOUR_VALUES / Shapes.width(table.shape);
      return (int) Math.max(2, Math.min(Math.min(MOST_NEIGHBOURS, table.rows), most));
    }

    private Energy network() {
      long[] shape = table.shape;
      if (shape.length == 1) {
        int hidden = shape[0] <= NARROW ? 128 : 256;
        choices.add(
            "network: mlp ["
                + hidden
                + ", "
                + hidden
                + "], from "
                + Names.count(shape[0], "value")
                + " a row");
        return new Mlp(List.of(hidden, hidden), Activation.SILU);
      }
      if (shape.length == 3) {
        choices.add("network: conv, from rows of shape " + Arrays.toString(shape));
        return new Conv(
            List.of(32, 32, 64, 64, 128, 128), List.of(1, 2, 1, 2, 1, 2), 128, Activation.SILU);
      }
      throw new SettingsException(
          "energy is missing, and follows from the table only for rows of one axis, or of three as"
              + " images have; rows here are of shape "
              + Arrays.toString(shape)
              + "; name one, such as transformer or graph");
    }

    /**
     * A fully connected network whose first weights keep the size of what goes through them.
     * PyTorch's have a third of the variance: in the steps taken here, a network that begins with
     * them learns less of a table's fine grain, which of few rows is better so.
     */
    private Energy begun(Energy network) {
      if (!(network instanceof Mlp) || table.rows < ROWS_WITH_GRAIN) {
        return network;
      }
      choices.add(
          "first weights: lecun-normal, from which fine grain is learnt in fewer steps, from "
              + table.rows
              + " rows");
      return new Initialised(network, Initialised.Rule.LECUN_NORMAL, 1);
    }

    // ---- training ------------------------------------------------------------------------------

    /** Whether the table's size called for more shards than there are at least. */
    private boolean isCut() {
      return !training.says("shards") && table.shards > ShardRule.FEWEST;
    }

    private void decideShards() {
      decide(
          "shards",
          table.shards,
          table.shards
              + ", from "
              + table.rows
              + " rows of "
              + Shapes.width(table.shape)
              + " values, so that a shard has about "
              + ShardRule.MOST_VALUES
              + " values at most");
    }

    private void decideTraining(boolean byLevel) {
      Objective objective =
          byLevel ? new LevelDenoising() : new DenoisingScoreMatching(Schedule.of(SINGLE_NOISE));
      decide(
          "objective",
          objective,
          (byLevel ? "level-denoising" : "denoising-score-matching, noise " + SINGLE_NOISE)
              + ", which runs no chains");
      long steps = training.says("steps") ? training.provisional().steps() : steps(table.rows);
      decide("steps", steps, steps + ", from " + table.rows + " rows");
      decideBatchSize();
      decide(
          "learningRate",
          new Cosine(LEARNING_RATE, LEARNING_RATE / 100, steps),
          "a cosine from " + LEARNING_RATE + " to a hundredth of it over all steps");
      decide("averageDecay", 0.99, "0.99, since the rate falls to almost 0");
    }

    private void decideBatchSize() {
      int byRows = table.rows < MANY_ROWS ? 256 : 1_024;
      int byShards = LEAST_SHARD_ROWS * table.shards;
      if (isCut() && byRows < byShards) {
        decide("batchSize", byShards, byShards + ", " + LEAST_SHARD_ROWS + " rows a shard");
      } else {
        decide("batchSize", byRows, byRows + ", from " + table.rows + " rows");
      }
    }

    /** Grows with the root of the rows: more rows tell more, and repeat more. */
    private static long steps(long rows) {
      double grown = FEWEST_STEPS * Math.sqrt(Math.max(1, (double) rows / FEW_ROWS));
      return Math.min(MOST_STEPS, Math.round(grown / 100) * 100);
    }
  }
}
