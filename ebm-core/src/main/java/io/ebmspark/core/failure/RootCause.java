package io.ebmspark.core.failure;

import java.util.Objects;
import java.util.stream.Stream;

/**
 * What a failure came from in the end: libraries put the reason last, under wrappings of theirs.
 */
public final class RootCause {
  private RootCause() {}

  /** The innermost cause; the failure itself if it has none. */
  public static Throwable of(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /** The failure and its causes, the innermost last. */
  public static Stream<Throwable> chain(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
  }

  /** Its class and the first line of what it says, in one line. */
  public static String describe(Throwable failure) {
    Throwable root = of(failure);
    return root.getClass().getSimpleName() + ": " + FirstLine.of(root);
  }
}
