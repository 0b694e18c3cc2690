package io.ebmspark.spark.data.encoding;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A number: itself or {@code asinh(x / unit)}, which is near a logarithm for values above the unit,
 * takes any sign and is undone by {@code unit · sinh(y)}; and, if it may be missing, 1 where it is
 * and 0 where it is not.
 *
 * @param unit of the logarithm; 0 where the number is left as it is
 */
public record Numeric(
    @Setting(value = "unit of asinh(x / unit); 0 where the number is left as it is") double unit,
    @Setting("whether another input tells if it is missing") boolean indicator)
    implements Encoding {
  public Numeric {
    Check.notNegative("unit", unit);
  }

  @Override
  public ColumnKind kind() {
    return ColumnKind.NUMBER;
  }

  @Override
  public List<String> inputNames(String column) {
    String name = unit == 0 ? column : "log " + column;
    return indicator ? List.of(name, column + " missing") : List.of(name);
  }

  @Override
  public boolean takesMissing() {
    return indicator;
  }

  @Override
  public boolean isAmount() {
    return true;
  }

  /** {@code asinh(x / unit)}, by StrictMath, since another machine's last bit would differ. */
  public static double log(double x, double unit) {
    double scaled = Math.abs(x / unit);
    double y =
        scaled > 1e8
            ? StrictMath.log(scaled) + StrictMath.log(2)
            : StrictMath.log1p(
                scaled + scaled * scaled / (1 + StrictMath.sqrt(1 + scaled * scaled)));
    return Math.copySign(y, x);
  }

  @Override
  public Coder coder() {
    return new NumberCoder(unit, indicator);
  }

  private static final class NumberCoder implements Coder {
    private static final long serialVersionUID = 1;

    private final double unit;
    private final boolean indicator;

    NumberCoder(double unit, boolean indicator) {
      this.unit = unit;
      this.indicator = indicator;
    }

    @Override
    public void encode(double value, double[] into, int at) {
      boolean present = Double.isFinite(value);
      into[at] = !present ? Double.NaN : unit == 0 ? value : log(value, unit);
      if (indicator) {
        into[at + 1] = present ? 0 : 1;
      }
    }

    @Override
    public @Nullable Object decode(double[] inputs, int at, double choice) {
      if (indicator && Coder.saysMissing(inputs[at + 1])) {
        return null;
      }
      return unit == 0 ? inputs[at] : unit * StrictMath.sinh(inputs[at]);
    }
  }
}
