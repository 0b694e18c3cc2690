package io.ebmspark.core.failure;

/** What a user is told of a failure inside a library, whose own message may run to pages. */
public final class FirstLine {
  private FirstLine() {}

  /**
   * The first line of a failure's message, with the next line if that ends in a colon and so only
   * announces the cause; the failure's class if it has no message.
   */
  public static String of(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : of(message);
  }

  /** The same for a message. */
  public static String of(String message) {
    StringBuilder line = new StringBuilder();
    for (String next : message.lines().map(String::strip).toList()) {
      if (next.isEmpty()) {
        continue;
      }
      line.append(line.isEmpty() ? "" : " ").append(next);
      if (!next.endsWith(":")) {
        break;
      }
    }
    return line.toString();
  }
}
