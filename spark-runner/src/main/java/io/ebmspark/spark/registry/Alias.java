package io.ebmspark.spark.registry;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A name that moves from version to version. */
public enum Alias {
  /** The version in use. */
  CHAMPION,
  /** The version in use before the champion. */
  PREVIOUS,
  /** The newest version that has not become champion. */
  CANDIDATE;

  Optional<Long> in(Aliases aliases) {
    return switch (this) {
      case CHAMPION -> aliases.champion();
      case PREVIOUS -> aliases.previous();
      case CANDIDATE -> aliases.candidate();
    };
  }

  /** Its spelling after the {@code @} of a reference. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static List<String> texts() {
    return Arrays.stream(values()).map(Alias::text).toList();
  }
}
