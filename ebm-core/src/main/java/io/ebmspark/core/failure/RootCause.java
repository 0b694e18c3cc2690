package io.ebmspark.core.failure;

import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a failure came from in the end: libraries put the reason last, under wrappings of theirs.
 */
public final class RootCause {
  /** Java's, Spark's, this program's and what these bring along. */
  private static final Pattern NOT_THE_USERS =
      Pattern.compile(
          "(java|javax|jdk|sun|com\\.sun|scala|org|picocli|py4j|net|ai\\.djl|com\\.(fasterxml|google"
              + "|github|esotericsoftware|ibm|ning)|io\\.(ebmspark|netty|github|grpc|dropwizard"
              + "|delta))\\.");

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

  /**
   * Its class and the first line of what it says, in one line, and where it was, if that is a class
   * of the user's own.
   */
  public static String describe(Throwable failure) {
    Throwable root = of(failure);
    String where =
        Stream.of(root.getStackTrace())
            .filter(frame -> !NOT_THE_USERS.matcher(frame.getClassName()).lookingAt())
            .findFirst()
            .map(frame -> ", in " + frame.getClassName() + " (" + place(frame) + ")")
            .orElse("");
    return root.getClass().getSimpleName() + ": " + FirstLine.of(root) + where;
  }

  private static String place(StackTraceElement frame) {
    return frame.getFileName() + ":" + frame.getLineNumber();
  }
}
