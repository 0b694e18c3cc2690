package io.ebmspark.spark.report;

import io.ebmspark.spark.data.Names;

/** Text from outside, made safe for a page. */
final class Words {
  /** Longest name of a column or other short text. */
  static final int NAME = 80;

  /** Longest sentence. */
  static final int SENTENCE = 600;

  private Words() {}

  static String name(String text) {
    return clip(text, NAME);
  }

  static String sentence(String text) {
    return clip(text, SENTENCE);
  }

  /** Text cut to at most this many characters, with those not allowed in HTML replaced. */
  static String clip(String text, int most) {
    StringBuilder clean = new StringBuilder();
    int[] points = text.codePoints().limit(most + 1L).toArray();
    boolean clipped = points.length > most;
    for (int i = 0; i < (clipped ? most - 1 : points.length); i++) {
      clean.appendCodePoint(shown(points[i]) ? points[i] : 0xFFFD);
    }
    return clipped ? clean.append('…').toString() : clean.toString();
  }

  private static boolean shown(int point) {
    boolean blank = point == '\n' || point == '\t';
    boolean surrogate = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    boolean control = Character.isISOControl(point) || !Character.isDefined(point);
    return blank || !(control || Names.turnsAround(point) || surrogate);
  }
}
