package io.ebmspark.core.objective;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.random.RandomStream;
import io.ebmspark.core.sampler.ChainNoise;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Arrays;
import java.util.List;

/**
 * Energy Discrepancy for rows of numbers and of columns of levels (Schröder et al. 2024, arXiv
 * 2412.01019, with all levels alike): the loss of {@link EnergyDiscrepancy}, whose perturbation
 * adds {@code √t·ξ} to numbers, and moves a column of levels, with probability q, to one of its
 * levels at random.
 *
 * <p>Normal noise on inputs that are 0 or 1 leads to rows that no table holds; this stays among
 * those that might be, and learns which levels belong together. T = 1.
 */
public record MixedEnergyDiscrepancy(
    @Setting(value = "time t of the numbers' perturbation; its variance", defaultsTo = "0.25")
        double time,
    @Setting(value = "probability q that a column of levels is drawn anew", defaultsTo = "0.2")
        double jump,
    @Setting(value = "number M of negatives per row", defaultsTo = "16") int negatives,
    @Setting(value = "weight w that stabilises the sum", defaultsTo = "1") double stabiliser,
    @Setting(value = "the columns of levels; those of the table unless set", defaultsTo = "[]")
        List<LevelInputs> columns)
    implements Objective {
  public MixedEnergyDiscrepancy {
    Check.positive("time", time);
    Check.that(jump > 0 && jump <= 1, "jump", "must be in (0, 1], got " + jump);
    Check.positive("negatives", negatives);
    Check.notNegative("stabiliser", stabiliser);
    for (int i = 1; i < columns.size(); i++) {
      int end = columns.get(i - 1).end();
      int first = columns.get(i).first();
      Check.that(
          end <= first, "columns", "must follow one another, got " + first + " before " + end);
    }
    columns = List.copyOf(columns);
  }

  @Override
  public double temperature() {
    return 1;
  }

  @Override
  public MixedEnergyDiscrepancy on(List<LevelInputs> levels) {
    return columns.isEmpty()
        ? new MixedEnergyDiscrepancy(time, jump, negatives, stabiliser, levels)
        : this;
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    Tensor x = batch.rows();
    ChainNoise noise = batch.noise(Purpose.NEGATIVES);
    float[] rows = x.toFloats();
    float[] perturbed = perturbed(rows, noise, 0);
    float[] all = Arrays.copyOf(rows, rows.length * (negatives + 1));
    for (int j = 1; j <= negatives; j++) {
      System.arraycopy(perturbed(perturbed, noise, j), 0, all, j * rows.length, rows.length);
    }
    long[] shape = x.shape();
    shape[0] *= negatives + 1;
    return EnergyDiscrepancy.losses(energy, x.scope().upload(all, shape), negatives, stabiliser);
  }

  /**
   * Rows that the perturbation leads to: from a row to where negatives come from, and, since it is
   * symmetric, from there to a negative.
   *
   * @param rows packed row-major
   * @param step a number of its own for each perturbation of a row
   */
  float[] perturbed(float[] rows, ChainNoise noise, int step) {
    float[] moved = rows.clone();
    long[] chains = noise.chains();
    int width = rows.length / chains.length;
    int end = columns.isEmpty() ? 0 : columns.get(columns.size() - 1).end();
    Check.that(end <= width, "columns", "reach input " + end + " of rows of " + width);
    float[] random = new float[width];
    for (int i = 0; i < chains.length; i++) {
      draw(noise.stream(), chains[i], (long) step * width, random);
      int row = i * width;
      int number = 0;
      for (LevelInputs column : columns) {
        add(random, number, column.first(), moved, row);
        double chance = random[column.first()] / jump;
        if (chance < 1) {
          column.write((int) (chance * column.levels()), moved, row);
        }
        number = column.end();
      }
      add(random, number, width, moved, row);
    }
    return moved;
  }

  /** A normal for each number, and a uniform for the first input of each column. */
  private void draw(RandomStream stream, long chain, long element, float[] random) {
    int number = 0;
    for (LevelInputs column : columns) {
      int first = column.first();
      stream.normals(chain, element + number, random, number, first);
      stream.uniforms(chain, element + first, random, first, first + 1);
      number = column.end();
    }
    stream.normals(chain, element + number, random, number, random.length);
  }

  private void add(float[] normals, int from, int to, float[] rows, int row) {
    float deviation = (float) Math.sqrt(time);
    for (int k = from; k < to; k++) {
      rows[row + k] += deviation * normals[k];
    }
  }
}
