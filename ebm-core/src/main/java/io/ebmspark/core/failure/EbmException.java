package io.ebmspark.core.failure;

import org.jspecify.annotations.Nullable;

/**
 * The base of all that ends a run and has something to say to its user: the message is one sentence
 * of what is wrong, which value, and what to change.
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

  /** Who can mend it. */
  public final Category category() {
    return category;
  }
}
