package io.ebmspark.core.random;

/**
 * The counter-based generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011): a bijection of 128-bit counters under a 64-bit key, whose
 * outputs pass as random. Nothing is kept between calls.
 */
final class Philox4x32 {
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;

  /** The lower half of a long. */
  static final long LOW = 0xFFFFFFFFL;

  private Philox4x32() {}

  /** Writes the four words for a counter and a key to {@code out}. */
  static void words(int c0, int c1, int c2, int c3, int key0, int key1, int[] out) {
    for (int round = 0; round < 10; round++) {
      long product0 = MULTIPLIER_0 * (c0 & LOW);
      long product1 = MULTIPLIER_1 * (c2 & LOW);
      c0 = (int) (product1 >>> 32) ^ c1 ^ key0;
      c2 = (int) (product0 >>> 32) ^ c3 ^ key1;
      c1 = (int) product1;
      c3 = (int) product0;
      key0 += WEYL_0;
      key1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /**
   * The same for many counters under one key, four to eight at a time in a processor's vectors.
   *
   * <p>A round's new halves are made of its products and of the low halves of the round before:
   * products stay whole until then, and each loop writes one array, as the compiler asks of loops
   * that it makes vectors of.
   *
   * @param counters four arrays, word by word; overwritten
   * @param count how many of each array's first elements are counters, each in 32 bits without sign
   * @return the same arrays in the order of the words that they hold now, in their low 32 bits
   */
  static long[][] words(long[][] counters, int count, int key0, int key1) {
    long[] a = counters[0];
    long[] lowB = counters[1];
    long[] b = counters[2];
    long[] lowA = counters[3];
    multiply(a, MULTIPLIER_0, count);
    multiply(b, MULTIPLIER_1, count);
    for (int round = 0; round < 10; round++) {
      boolean last = round == 9;
      mix(lowB, b, (key0 + round * WEYL_0) & LOW, last ? 1 : MULTIPLIER_0, count);
      mix(lowA, a, (key1 + round * WEYL_1) & LOW, last ? 1 : MULTIPLIER_1, count);
      long[] nextA = lowB;
      long[] nextB = lowA;
      lowA = a;
      lowB = b;
      a = nextA;
      b = nextB;
    }
    return new long[][] {a, lowB, b, lowA};
  }

  private static void multiply(long[] words, long by, int count) {
    for (int i = 0; i < count; i++) {
      words[i] *= by;
    }
  }

  private static void mix(long[] low, long[] product, long key, long by, int count) {
    for (int i = 0; i < count; i++) {
      low[i] = by * ((product[i] >>> 32) ^ (low[i] & LOW) ^ key);
    }
  }
}
