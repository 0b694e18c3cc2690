package io.ebmspark.core.failure;

/** What a user is told of a failure inside a library: messages go on for pages. */
public final class FirstLine {
  private FirstLine() {}

  /**
   * The first line of a failure's message, with the next where it ends in a colon and so only
   * announces the cause; the failure's class where it has no message.
   */
  public static String of(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : of(message);
  }

  /** The same of a message. */
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
