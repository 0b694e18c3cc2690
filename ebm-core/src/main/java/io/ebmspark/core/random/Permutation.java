package io.ebmspark.core.random;

/**
 * A random order of {@code 0 … size−1} by address, in constant memory: a balanced Feistel network
 * on the next even power of two, walked until it lands inside (Black and Rogaway 2002, "Ciphers
 * with arbitrary finite domains").
 */
public final class Permutation {
  private static final int ROUNDS = 8;

  /** Elements computed side by side, so that the processor works on several at once. */
  private static final int LANES = 512;

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
    check(position, position + 1);
    long[] element = new long[1];
    elements(position, element, 0, 1);
    return element[0];
  }

  /**
   * The elements at consecutive positions.
   *
   * @param first the position of {@code elements[from]}
   */
  public void elements(long first, long[] elements, int from, int to) {
    check(first, first + to - from);
    walk(first, elements, from, to, false);
  }

  /**
   * The positions of consecutive elements: the inverse of {@link #elements}.
   *
   * @param first the element whose position {@code positions[from]} becomes
   */
  public void positions(long first, long[] positions, int from, int to) {
    check(first, first + to - from);
    walk(first, positions, from, to, true);
  }

  private void check(long first, long end) {
    if (first < 0 || end > size) {
      throw new IndexOutOfBoundsException(
          first + " to " + end + " is outside a permutation of " + size);
    }
  }

  /** Walks each of some consecutive values until it lands inside. */
  private void walk(long first, long[] out, int from, int to, boolean back) {
    Lanes lanes = new Lanes(Math.min(LANES, to - from));
    for (int start = from; start < to; start += LANES) {
      int count = Math.min(LANES, to - start);
      for (int i = 0; i < count; i++) {
        lanes.value[i] = first + (start - from) + i;
        lanes.place[i] = start + i;
      }
      while (count > 0) {
        if (back) {
          decrypt(lanes, count);
        } else {
          encrypt(lanes, count);
        }
        int outside = 0;
        for (int i = 0; i < count; i++) {
          long value = lanes.value[i];
          if (value < size) {
            out[lanes.place[i]] = value;
          } else {
            lanes.value[outside] = value;
            lanes.place[outside++] = lanes.place[i];
          }
        }
        count = outside;
      }
    }
  }

  /** Values on their way, and where they go. */
  private static final class Lanes {
    final long[] value;
    final int[] place;
    final long[] left;
    final long[] right;

    Lanes(int count) {
      value = new long[count];
      place = new int[count];
      left = new long[count];
      right = new long[count];
    }
  }

  private void encrypt(Lanes lanes, int count) {
    split(lanes, count);
    long[] left = lanes.left;
    long[] right = lanes.right;
    for (long key : keys) {
      round(left, right, key, count);
      long[] next = left;
      left = right;
      right = next;
    }
    join(left, right, lanes.value, count);
  }

  private void decrypt(Lanes lanes, int count) {
    split(lanes, count);
    long[] left = lanes.left;
    long[] right = lanes.right;
    for (int i = ROUNDS - 1; i >= 0; i--) {
      round(right, left, keys[i], count);
      long[] previous = right;
      right = left;
      left = previous;
    }
    join(left, right, lanes.value, count);
  }

  /** One half is changed by a function of the other. */
  private void round(long[] changed, long[] by, long key, int count) {
    long mask = halfMask;
    for (int i = 0; i < count; i++) {
      changed[i] ^= RandomStream.mix(by[i] + key) & mask;
    }
  }

  private void split(Lanes lanes, int count) {
    for (int i = 0; i < count; i++) {
      lanes.left[i] = lanes.value[i] >>> halfBits;
      lanes.right[i] = lanes.value[i] & halfMask;
    }
  }

  private void join(long[] left, long[] right, long[] value, int count) {
    for (int i = 0; i < count; i++) {
      value[i] = left[i] << halfBits | right[i];
    }
  }
}
