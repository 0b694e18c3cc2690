package io.ebmspark.core.failure;

/** What a user is told of a failure inside a library: messages go on for pages. */
public final class FirstLine {
  private FirstLine() {}

  /** The first line of a failure's message; its class where it has none. */
  public static String of(Throwable failure) {
    return String.valueOf(failure.getMessage())
        .lines()
        .findFirst()
        .orElse(failure.getClass().getSimpleName());
  }
}
