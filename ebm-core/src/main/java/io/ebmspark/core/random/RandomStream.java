package io.ebmspark.core.random;

/**
 * Random numbers by address: each is a function of (run seed, purpose, step, index, element) and of
 * nothing drawn before, so a retried, moved or resumed task draws the same bits on any machine.
 *
 * <p>Philox4x32 is counted by (element, index, step) under a key of (seed, purpose, step's high
 * half). Normals are the inverse distribution function of uniforms: one uniform, one normal. Float
 * normals use 32 random bits, so they stay within ±6.3; float uniforms use 24; double draws use 52.
 */
public final class RandomStream {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final long BLOCKS = 1L << 32;
  private static final float BELOW_ONE = Math.nextDown(1f);
  private static final double TWO_TO_MINUS_32 = 0x1p-32;
  private static final double TWO_TO_MINUS_52 = 0x1p-52;

  private final int key0;
  private final int key1;
  private final int step;

  private RandomStream(long key, int step) {
    this.key0 = (int) key;
    this.key1 = (int) (key >>> 32);
    this.step = step;
  }

  /**
   * The numbers of one run, purpose and step.
   *
   * @param step any number; what it counts is up to the caller
   */
  public static RandomStream of(long seed, Purpose purpose, long step) {
    long key = mix(mix(seed + GOLDEN * purpose.code()) + (step >>> 32));
    return new RandomStream(key, (int) step);
  }

  /** The n-th further seed to continue with, for n from 1. */
  public static long derivedSeed(long seed, int n) {
    return mix(seed + GOLDEN * n);
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014), a bijection. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /**
   * Standard normals: elements {@code firstElement} and on of an index, into {@code out[from..to)}.
   * An element has one value, however the calls are split.
   */
  public void normals(long index, long firstElement, float[] out, int from, int to) {
    int[] words = new int[4];
    long element = firstElement;
    for (int i = from; i < to; ) {
      words(index, element >>> 2, words);
      int lane = (int) (element & 3);
      for (; lane < 4 && i < to; lane++, i++, element++) {
        out[i] = NormalQuantile.floatAt(unit(words[lane]));
      }
    }
  }

  /** Uniforms in the open interval (0, 1), addressed as {@link #normals}. */
  public void uniforms(long index, long firstElement, float[] out, int from, int to) {
    int[] words = new int[4];
    long element = firstElement;
    for (int i = from; i < to; ) {
      words(index, element >>> 2, words);
      int lane = (int) (element & 3);
      for (; lane < 4 && i < to; lane++, i++, element++) {
        out[i] = unitFloat(words[lane]);
      }
    }
  }

  /** A uniform in the open interval (0, 1) with 52 random bits. */
  public double uniform(long index, long element) {
    int[] words = new int[4];
    words(index, element >>> 1, words);
    int lane = (int) (element & 1) << 1;
    long bits = ((long) words[lane] << 32 | (words[lane + 1] & 0xFFFFFFFFL)) >>> 12;
    return (bits + 0.5) * TWO_TO_MINUS_52;
  }

  /** A standard normal with 52 random bits. */
  public double normal(long index, long element) {
    return NormalQuantile.at(uniform(index, element));
  }

  /** From 24 bits; the highest would round up to 1, which is not in the interval. */
  static float unitFloat(int word) {
    return Math.min(((word >>> 8) + 0.5f) * 0x1p-24f, BELOW_ONE);
  }

  private static double unit(int word) {
    return ((word & 0xFFFFFFFFL) + 0.5) * TWO_TO_MINUS_32;
  }

  private void words(long index, long block, int[] out) {
    if (block < 0 || block >= BLOCKS) {
      throw new IllegalArgumentException("element block " + block + " is beyond a stream's reach");
    }
    Philox4x32.words((int) block, (int) index, (int) (index >>> 32), step, key0, key1, out);
  }
}
