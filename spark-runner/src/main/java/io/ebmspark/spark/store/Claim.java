package io.ebmspark.spark.store;

import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file that says: this run holds the output, or tries to.
 *
 * @param token a name no other run has
 * @param beat how often the run has renewed it
 */
record Claim(String token, long beat) {
  private static final Pattern NAME = Pattern.compile("([0-9a-f-]{36})\\.(\\d{9})");

  static Claim fresh() {
    return new Claim(UUID.randomUUID().toString(), 0);
  }

  static Optional<Claim> of(String fileName) {
    Matcher matcher = NAME.matcher(fileName);
    return matcher.matches()
        ? Optional.of(new Claim(matcher.group(1), Long.parseLong(matcher.group(2))))
        : Optional.empty();
  }

  Claim next() {
    return new Claim(token, beat + 1);
  }

  String fileName() {
    return String.format(Locale.ROOT, "%s.%09d", token, beat);
  }
}
