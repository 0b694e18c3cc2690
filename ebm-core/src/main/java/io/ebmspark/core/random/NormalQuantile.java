package io.ebmspark.core.random;

/**
 * The inverse of the standard normal distribution function (Wichura 1988, algorithm AS 241,
 * PPND16): relative error about 1e-16.
 *
 * <p>Only IEEE arithmetic and {@link StrictMath}: every machine, interpreter and compiler gives the
 * same bits, which {@code Math.log} does not promise.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // the digits are the paper's
public final class NormalQuantile {
  private static final double[] A = {
    3.3871328727963666080,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3
  };
  private static final double[] B = {
    1,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3
  };
  private static final double[] C = {
    1.42343711074968357734,
    4.63033784615654529590,
    5.76949722146069140550,
    3.64784832476320460504,
    1.27045825245236838258,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4
  };
  private static final double[] D = {
    1,
    2.05319162663775882187,
    1.67638483018380384940,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9
  };
  private static final double[] E = {
    6.65790464350110377720,
    5.46378491116411436990,
    1.78482653991729133580,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7
  };
  private static final double[] F = {
    1,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15
  };

  private static final double CENTRE = 0.425;
  private static final double LN_2 = 0.6931471805599453;
  private static final long FRACTION = 0xFFFFFFFFFFFFFL;
  private static final long FRACTION_OF_SQRT_2 =
      Double.doubleToRawLongBits(1.4142135623730951) & FRACTION;

  private NormalQuantile() {}

  /**
   * The value below which a standard normal falls with probability {@code p}.
   *
   * @param p in the open interval (0, 1)
   */
  public static double at(double p) {
    double q = p - 0.5;
    if (Math.abs(q) <= CENTRE) {
      double r = 0.180625 - q * q;
      return q * ratio(A, B, r);
    }
    double tail = q < 0 ? p : 1 - p;
    double r = Math.sqrt(-StrictMath.log(tail));
    double magnitude = r <= 5 ? ratio(C, D, r - 1.6) : ratio(E, F, r - 5);
    return q < 0 ? -magnitude : magnitude;
  }

  /**
   * The float of AS 241's shorter form (PPND7): relative error about 1e-7, at a third of the cost.
   *
   * @param q a probability less ½, in (−½, ½)
   */
  static float floatAt(double q) {
    return (float) (Math.abs(q) <= CENTRE ? central(q) : tail(q));
  }

  /**
   * The same for many: all by the centre's formula, which the compiler makes vectors of, then the
   * sixth or so of them that lie in the tails again. Holds what it writes to in between, since new
   * memory would cost more than the numbers.
   */
  static final class Floats {
    private final double[] values;
    private final int[] tails;

    /** For up to {@code most} at a time. */
    Floats(int most) {
      values = new double[most];
      tails = new int[most + 1];
    }

    /** As {@link #floatAt} of {@code q[0..count)}, into {@code out[from..]}. */
    void at(double[] q, int count, float[] out, int from) {
      for (int i = 0; i < count; i++) {
        values[i] = central(q[i]);
      }
      int found = 0;
      for (int i = 0; i < count; i++) {
        out[from + i] = (float) values[i];
        tails[found] = i;
        // One where the difference is negative: a branch would be guessed wrong too often.
        found += (int) (Double.doubleToRawLongBits(CENTRE - Math.abs(q[i])) >>> 63);
      }
      for (int i = 0; i < found; i++) {
        out[from + tails[i]] = (float) tail(q[tails[i]]);
      }
    }
  }

  private static double central(double q) {
    double r = 0.180625 - q * q;
    double over = ((5.9109374720e1 * r + 1.5929113202e2) * r + 5.0434271938e1) * r + 3.3871327179;
    double under = ((6.7187563600e1 * r + 7.8757757664e1) * r + 1.7895169469e1) * r + 1;
    return q * (over / under);
  }

  private static double tail(double q) {
    double r = Math.sqrt(-logarithm(0.5 - Math.abs(q)));
    double magnitude;
    if (r <= 5) {
      r -= 1.6;
      magnitude =
          (((1.7023821103e-1 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777)
              / ((1.2021132975e-1 * r + 7.3700164250e-1) * r + 1);
    } else {
      r -= 5;
      magnitude =
          (((1.7337203997e-2 * r + 4.2868294337e-1) * r + 3.0812263860) * r + 6.6579051150)
              / ((1.2258202635e-2 * r + 2.4197894225e-1) * r + 1);
    }
    return Math.copySign(magnitude, q);
  }

  /**
   * {@code ln x} to about 1e-11, for normal positive x: {@code x = m·2ᵉ} with m between √½ and √2
   * and {@code ln m = 2 artanh((m−1)/(m+1))}. StrictMath's costs more than the rest of a draw.
   */
  private static double logarithm(double x) {
    long bits = Double.doubleToRawLongBits(x);
    long fraction = bits & FRACTION;
    long halved = (FRACTION_OF_SQRT_2 - fraction) >>> 63; // 1 where m would be above √2
    long exponent = (bits >>> 52) - 1023 + halved;
    double m = Double.longBitsToDouble(fraction | (1023 - halved) << 52);
    double t = (m - 1) / (m + 1);
    double s = t * t;
    double series =
        1
            + s
                * (1.0 / 3
                    + s
                        * (1.0 / 5
                            + s * (1.0 / 7 + s * (1.0 / 9 + s * (1.0 / 11 + s * (1.0 / 13))))));
    return exponent * LN_2 + 2 * t * series;
  }

  private static double ratio(double[] over, double[] under, double r) {
    double numerator = over[7];
    double denominator = under[7];
    for (int i = 6; i >= 0; i--) {
      numerator = numerator * r + over[i];
      denominator = denominator * r + under[i];
    }
    return numerator / denominator;
  }
}
