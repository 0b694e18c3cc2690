package io.ebmspark.spark.data.encoding;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A column of a few values that have no order: an input for each, 1 where it is the row's and 0
 * elsewhere; one for all other values; and one for none, if training rows lacked some.
 *
 * @param levels those with an input of their own, the commonest first
 * @param others some of those without, the commonest first: what is drawn for another one
 */
public record Categorical(
    @Setting("whether the levels are text, or numbers") ColumnKind values,
    @Setting("values with an input of their own, the commonest in training first")
        List<String> levels,
    @Setting("values of the training rows without one, the commonest first; not all of them")
        List<String> others,
    @Setting("whether there is an input for missing values") boolean missing)
    implements Encoding {
  public Categorical {
    Check.notEmpty("levels", levels);
    Check.that(
        new HashSet<>(levels).size() == levels.size(), "levels", "must differ, got " + levels);
    levels = List.copyOf(levels);
    others = List.copyOf(others);
  }

  @Override
  public ColumnKind kind() {
    return values;
  }

  @Override
  public List<String> inputNames(String column) {
    Stream<String> own = levels.stream().map(level -> column + "=" + level);
    List<String> names = new ArrayList<>(own.toList());
    names.add(column + " other");
    if (missing) {
      names.add(column + " missing");
    }
    return names;
  }

  @Override
  public int inputs() {
    return levels.size() + (missing ? 2 : 1);
  }

  @Override
  public boolean takesMissing() {
    return true;
  }

  @Override
  public Coder coder() {
    return new LevelCoder(this);
  }

  private static final class LevelCoder extends LevelsCoder {
    private static final long serialVersionUID = 1;

    private final String[] others;
    private final int inputs;

    LevelCoder(Categorical encoding) {
      super(encoding.levels(), encoding.values());
      this.others = encoding.others().toArray(String[]::new);
      this.inputs = encoding.inputs();
    }

    @Override
    public void encode(double value, double[] into, int at) {
      for (int i = 0; i < inputs; i++) {
        into[at + i] = 0;
      }
      // Where training rows lacked no value, a missing one is as new as an unknown level.
      into[at + Math.min(levels.place(value), inputs - 1)] = 1;
    }

    @Override
    public @Nullable Object decode(double[] drawn, int at, double choice) {
      int best = 0;
      for (int i = 1; i < inputs; i++) {
        // There is nothing to draw for another value where training rows had none.
        boolean exists = i != names.length || others.length > 0;
        if (exists && drawn[at + i] > drawn[at + best]) {
          best = i;
        }
      }
      if (best > names.length) {
        return null;
      }
      String name = best < names.length ? names[best] : others[(int) (choice * others.length)];
      return value(name);
    }
  }
}
