package io.ebmspark.core.random;

/**
 * The words of many addresses of a stream, some hundred at a time: counters that are independent of
 * each other and worked on together cost a fifth of what they cost one by one.
 *
 * <p>They are those of elements {@code first} to {@code first + width} of every index, index after
 * index.
 */
final class Words {
  /** A piece that stays in the processor's nearest cache. */
  private static final int MOST = 512;

  private final RandomStream stream;
  private final long[] indices;
  private final long first;
  private final int width;
  private final int[] words;

  /** Where each word is among the blocks that are made together, counted by words. */
  private final int[] places;

  private final long[][] counters;

  /** The address of the next word. */
  private int row;

  private int column;

  Words(RandomStream stream, long[] indices, long first, int width) {
    this.stream = stream;
    this.indices = indices;
    this.first = first;
    this.width = width;
    int most = (int) Math.min(MOST, (long) indices.length * width);
    words = new int[most];
    places = new int[most];
    counters = new long[4][most];
  }

  /** The words that {@link #next} has made. */
  int[] words() {
    return words;
  }

  /**
   * Makes the next words.
   *
   * @return how many, 0 at the end
   */
  int next() {
    int count = 0;
    int blocks = 0;
    while (count < words.length && row < indices.length) {
      int columns = Math.min(width - column, words.length - count);
      long from = first + column;
      int lane = (int) from & 3;
      for (int i = 0; i < columns; i++) {
        places[count + i] = 4 * blocks + lane + i;
      }
      int many = (lane + columns + 3) >>> 2;
      address(blocks, many, indices[row], from >>> 2);
      count += columns;
      blocks += many;
      column += columns;
      if (column == width) {
        column = 0;
        row++;
      }
    }
    long[][] lanes = stream.words(counters, blocks);
    for (int i = 0; i < count; i++) {
      words[i] = (int) lanes[places[i] & 3][places[i] >>> 2];
    }
    return count;
  }

  /** Writes the counters of consecutive blocks of an index. */
  private void address(int at, int many, long index, long block) {
    for (int i = 0; i < many; i++) {
      counters[0][at + i] = block + i;
      counters[1][at + i] = index & Philox4x32.LOW;
      counters[2][at + i] = index >>> 32;
      counters[3][at + i] = Integer.toUnsignedLong(stream.step());
    }
  }
}
