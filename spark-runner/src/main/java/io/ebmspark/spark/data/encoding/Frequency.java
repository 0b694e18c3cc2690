package io.ebmspark.spark.data.encoding;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A column of many values that repeat: one input, the logarithm of how common the row's value is
 * among the training rows, {@code ln((n + ½) / (N + 1))} for one that n of N rows have. A value not
 * in the table counts as the mean of those that were left out of it, or as none where none was.
 *
 * @param levels the commonest first
 * @param counts rows of each
 * @param others mean number of rows of a value that is no level; 0 where there was none
 * @param missing rows without a value
 * @param rows all of them
 */
public record Frequency(
    @Setting("whether the values are text, or numbers") ColumnKind values,
    @Setting("values, the commonest in training first; no more than ten thousand")
        List<String> levels,
    @Setting("training rows that have each") List<Long> counts,
    @Setting("mean number of training rows of the other values") double others,
    @Setting("training rows without a value") long missing,
    @Setting("all training rows") long rows)
    implements Encoding {
  /** Stored at most. */
  public static final int MOST_LEVELS = 10_000;

  public Frequency {
    Check.notEmpty("levels", levels);
    Check.that(
        levels.size() == counts.size(), "counts", "must be one for each level, got " + counts);
    Check.notNegative("others", others);
    levels = List.copyOf(levels);
    counts = List.copyOf(counts);
  }

  @Override
  public ColumnKind kind() {
    return values;
  }

  @Override
  public List<String> inputNames(String column) {
    return List.of("frequency of " + column);
  }

  @Override
  public boolean takesMissing() {
    return true;
  }

  /** The input of a value that so many rows have. */
  public double input(double count) {
    return StrictMath.log((count + 0.5) / (rows + 1));
  }

  @Override
  public Coder coder() {
    return new FrequencyCoder(this);
  }

  private static final class FrequencyCoder extends LevelsCoder {
    private static final long serialVersionUID = 1;

    /** The inputs of the levels, descending; then those of any other value and of a missing one. */
    private final double[] inputs;

    private final boolean anyMissing;

    FrequencyCoder(Frequency encoding) {
      super(encoding.levels(), encoding.values());
      this.inputs = new double[names.length + 2];
      for (int i = 0; i < names.length; i++) {
        inputs[i] = encoding.input((double) encoding.counts().get(i));
      }
      inputs[names.length] = encoding.input(encoding.others());
      inputs[names.length + 1] = encoding.input((double) encoding.missing());
      this.anyMissing = encoding.missing() > 0;
    }

    @Override
    public void encode(double value, double[] into, int at) {
      into[at] = inputs[levels.place(value)];
    }

    @Override
    public @Nullable Object decode(double[] drawn, int at, double choice) {
      double wanted = drawn[at];
      int last = 0; // of the nearest: those as common stand together, and are passed
      while (last + 1 < names.length && apart(last + 1, wanted) <= apart(last, wanted)) {
        last++;
      }
      if (anyMissing && apart(names.length + 1, wanted) < apart(last, wanted)) {
        return null;
      }
      int first = last;
      while (first > 0 && inputs[first - 1] == inputs[last]) {
        first--;
      }
      return value(names[first + (int) (choice * (last + 1 - first))]);
    }

    private double apart(int place, double wanted) {
      return Math.abs(inputs[place] - wanted);
    }
  }
}
