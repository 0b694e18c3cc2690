package io.ebmspark.core.failure;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a user is told of a failure inside a library, whose own message may run to pages. */
public final class FirstLine {
  private static final String INTERPRETER = "Traceback of TorchScript";

  /** What libtorch's interpreter says last: what was raised, after where that was. */
  private static final Pattern RAISED =
      Pattern.compile("(?m)^(?:RuntimeError: |(?:builtins\\.)?(?=\\w+(?:Error|Exception): ))(.*)$");

  private FirstLine() {}

  /**
   * The first line of a failure's message, with the next line if that ends in a colon and so only
   * announces the cause; the failure's class if it has no message.
   */
  public static String of(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : of(message);
  }

  /** The same for a message. Of libtorch's interpreter, which puts it last, what was raised. */
  public static String of(String message) {
    int trace = message.indexOf(INTERPRETER);
    Matcher raised = RAISED.matcher(message);
    if (trace >= 0 && raised.find(trace)) {
      return raised.group(1);
    }
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
