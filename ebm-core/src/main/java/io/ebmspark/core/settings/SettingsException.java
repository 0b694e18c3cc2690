package io.ebmspark.core.settings;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import java.util.List;
import java.util.stream.Collectors;

/** Settings that cannot be used: everything that is wrong with them, a line each. */
public final class SettingsException extends EbmException {
  private static final long serialVersionUID = 1;

  private final transient List<Problem> problems;

  public SettingsException(List<Problem> problems) {
    super(
        Category.SETTINGS,
        problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** Settings that are each valid, but do not fit what they are used on. */
  public SettingsException(String message) {
    super(Category.SETTINGS, message);
    this.problems = List.of();
  }

  /** The same, as something else found out. */
  public SettingsException(String message, Throwable cause) {
    super(Category.SETTINGS, message, cause);
    this.problems = List.of();
  }

  /** All problems found, in the order of the file. */
  public List<Problem> problems() {
    return problems;
  }
}
