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
  private static final long BITS_OF_TWO_TO_52 = Double.doubleToRawLongBits(0x1p52);

  /** Fewer draws than these are sooner made one by one. */
  private static final int FEW = 16;

  private static final float BELOW_ONE = Math.nextDown(1f);
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
    if (to - from >= FEW) {
      normals(new long[] {index}, firstElement, to - from, out, from);
      return;
    }
    int[] drawn = few(index, firstElement, to - from);
    for (int i = 0; i < drawn.length; i++) {
      out[from + i] = NormalQuantile.floatAt(centred(drawn[i]));
    }
  }

  /**
   * The same of many indices, one index after the other.
   *
   * @param width elements of each
   * @param out from {@code from} on
   */
  public void normals(long[] indices, long firstElement, int width, float[] out, int from) {
    Words words = words(indices, firstElement, width);
    double[] q = new double[words.words().length];
    NormalQuantile.Floats quantiles = new NormalQuantile.Floats(q.length);
    int at = from;
    for (int count = words.next(); count > 0; count = words.next()) {
      int[] drawn = words.words();
      for (int i = 0; i < count; i++) {
        q[i] = centred(drawn[i]);
      }
      quantiles.at(q, count, out, at);
      at += count;
    }
  }

  /** Uniforms in the open interval (0, 1), addressed as {@link #normals}. */
  public void uniforms(long index, long firstElement, float[] out, int from, int to) {
    if (to - from >= FEW) {
      uniforms(new long[] {index}, firstElement, to - from, out, from);
      return;
    }
    int[] drawn = few(index, firstElement, to - from);
    for (int i = 0; i < drawn.length; i++) {
      out[from + i] = unitFloat(drawn[i]);
    }
  }

  /** The same of many indices, one index after the other. */
  public void uniforms(long[] indices, long firstElement, int width, float[] out, int from) {
    Words words = words(indices, firstElement, width);
    int at = from;
    for (int count = words.next(); count > 0; count = words.next()) {
      int[] drawn = words.words();
      for (int i = 0; i < count; i++) {
        out[at + i] = unitFloat(drawn[i]);
      }
      at += count;
    }
  }

  /** A uniform in the open interval (0, 1) with 52 random bits. */
  public double uniform(long index, long element) {
    int[] words = new int[4];
    block(index, element >>> 1, words);
    int lane = (int) (element & 1) << 1;
    long bits = ((long) words[lane] << 32 | Integer.toUnsignedLong(words[lane + 1])) >>> 12;
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

  /** A uniform in (0, 1) from 32 bits, less ½. */
  private static double centred(int word) {
    // The bits of 2⁵² + word: Java's conversion of a long waits for the one before it.
    double whole =
        Double.longBitsToDouble(BITS_OF_TWO_TO_52 | Integer.toUnsignedLong(word)) - 0x1p52;
    return (whole + 0.5) * 0x1p-32 - 0.5;
  }

  /** The words of elements that follow each other, block by block. */
  private int[] few(long index, long firstElement, int count) {
    int[] words = new int[count];
    int[] block = new int[4];
    for (int i = 0; i < count; i++) {
      long element = firstElement + i;
      if (i == 0 || (element & 3) == 0) {
        block(index, element >>> 2, block);
      }
      words[i] = block[(int) element & 3];
    }
    return words;
  }

  /** The words of four elements that follow each other. */
  private void block(long index, long block, int[] out) {
    require(block);
    Philox4x32.words((int) block, (int) index, (int) (index >>> 32), step, key0, key1, out);
  }

  private Words words(long[] indices, long firstElement, int width) {
    require(firstElement >>> 2);
    require((firstElement + Math.max(0, width - 1)) >>> 2);
    return new Words(this, indices, firstElement, width);
  }

  private static void require(long block) {
    if (block < 0 || block >= BLOCKS) {
      throw new IllegalArgumentException("element block " + block + " is beyond a stream's reach");
    }
  }

  int step() {
    return step;
  }

  /** As {@link Philox4x32#words(long[][], int, int, int)}, under this stream's key. */
  long[][] words(long[][] counters, int count) {
    return Philox4x32.words(counters, count, key0, key1);
  }
}
