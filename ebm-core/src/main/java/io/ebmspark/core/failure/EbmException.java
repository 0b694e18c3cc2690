package io.ebmspark.core.failure;

import org.jspecify.annotations.Nullable;

/**
 * The base of every failure with something to tell the user: its message is one sentence that says
 * what is wrong, which value, and what to change.
 */
public abstract class EbmException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Category category;

  protected EbmException(Category category, String message) {
    this(category, message, null);
  }

  protected EbmException(Category category, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.category = category;
  }

  /** Who can fix it. */
  public final Category category() {
    return category;
  }
}
