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
    int startRow = row;
    int startColumn = column;
    int blocks = 0;
    for (int count = 0; more(count); ) {
      int columns = columns(count);
      blocks = count(blocks, columns);
      count += columns;
      advance(columns);
    }
    long[][] lanes = stream.words(counters, blocks);
    row = startRow;
    column = startColumn;
    int count = 0;
    for (int block = 0; more(count); ) {
      int columns = columns(count);
      block = collect(lanes, block, count, columns);
      count += columns;
      advance(columns);
    }
    return count;
  }

  private boolean more(int count) {
    return count < words.length && row < indices.length;
  }

  /** Columns of this index that are left, and that there is room for. */
  private int columns(int count) {
    return Math.min(width - column, words.length - count);
  }

  private void advance(int columns) {
    column += columns;
    if (column == width) {
      column = 0;
      row++;
    }
  }

  /**
   * Writes the counters of the blocks that some columns lie in; answers how many there are then.
   */
  private int count(int blocks, int columns) {
    long from = (first + column) >>> 2;
    int many = (int) (((first + column + columns - 1) >>> 2) - from) + 1;
    long index = indices[row];
    for (int i = 0; i < many; i++) {
      counters[0][blocks + i] = from + i;
      counters[1][blocks + i] = index & Philox4x32.LOW;
      counters[2][blocks + i] = index >>> 32;
      counters[3][blocks + i] = Integer.toUnsignedLong(stream.step());
    }
    return blocks + many;
  }

  /** Takes the words of some columns from their blocks; answers the block after them. */
  private int collect(long[][] lanes, int block, int count, int columns) {
    int lane = (int) (first + column) & 3;
    for (int i = 0; i < columns; i++) {
      words[count + i] = (int) lanes[(lane + i) & 3][block + ((lane + i) >>> 2)];
    }
    return block + ((lane + columns - 1) >>> 2) + 1;
  }
}
