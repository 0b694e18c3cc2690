package io.ebmspark.core.random;

/**
 * A random order of {@code 0 … size−1} by address, in constant memory: a balanced Feistel network
 * on the next even power of two, walked until it lands inside (Black and Rogaway 2002, "Ciphers
 * with arbitrary finite domains").
 */
public final class Permutation {
  private static final int ROUNDS = 8;

  private final long size;
  private final int halfBits;
  private final long halfMask;
  private final long[] keys = new long[ROUNDS];

  private Permutation(long size, long key) {
    this.size = size;
    int bits = Math.max(2, 64 - Long.numberOfLeadingZeros(Math.max(0, size - 1)));
    this.halfBits = (bits + 1) / 2;
    this.halfMask = (1L << halfBits) - 1;
    for (int round = 0; round < ROUNDS; round++) {
      keys[round] = RandomStream.mix(key + 0x9E3779B97F4A7C15L * (round + 1));
    }
  }

  /**
   * The order for an address.
   *
   * @param size at most 2⁶⁰
   */
  public static Permutation of(long seed, Purpose purpose, long step, long size) {
    if (size < 0 || size > 1L << 60) {
      throw new IllegalArgumentException("no permutation of " + size + " elements");
    }
    long key = RandomStream.mix(RandomStream.mix(seed + ((long) purpose.code() << 56)) + step);
    return new Permutation(size, key);
  }

  /** The element at a position. */
  public long at(long position) {
    if (position < 0 || position >= size) {
      throw new IndexOutOfBoundsException(position + " is outside a permutation of " + size);
    }
    long value = position;
    do {
      value = encrypt(value);
    } while (value >= size);
    return value;
  }

  private long encrypt(long value) {
    long left = value >>> halfBits;
    long right = value & halfMask;
    for (long key : keys) {
      long next = left ^ (RandomStream.mix(right + key) & halfMask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }
}
