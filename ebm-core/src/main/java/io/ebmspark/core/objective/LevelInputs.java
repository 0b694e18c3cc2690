package io.ebmspark.core.objective;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;

/**
 * The inputs that hold the levels of one column: of several, one is on in each row; a single one is
 * on or off.
 */
public record LevelInputs(
    @Setting("the first of them, counted from 0") int first,
    @Setting("what each holds, in model units, where it is off") List<Double> off,
    @Setting("what each holds, in model units, where it is on") List<Double> on) {
  public LevelInputs {
    Check.notNegative("first", first);
    Check.notEmpty("off", off);
    Check.that(
        on.size() == off.size(),
        "on",
        "must have one value for each of off, got " + on.size() + " for " + off.size());
    off = List.copyOf(off);
    on = List.copyOf(on);
  }

  /** The input after the last of them. */
  int end() {
    return first + off.size();
  }

  /** How many levels the column has. */
  int levels() {
    return Math.max(2, off.size());
  }

  /** Writes a level of the column into a row that begins at {@code row}. */
  void write(int level, float[] rows, int row) {
    for (int i = 0; i < off.size(); i++) {
      rows[row + first + i] = (i == level ? on : off).get(i).floatValue();
    }
  }
}
