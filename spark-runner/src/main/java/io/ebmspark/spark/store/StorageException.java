package io.ebmspark.spark.store;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** A file system that is full, unreachable or denies access; what was there before still is. */
public final class StorageException extends EbmException {
  private static final long serialVersionUID = 1;

  /**
   * A failed call.
   *
   * @param message what could not be done, to which path, and why
   * @param cause what the file system threw, an {@code IOException} or an {@code FSError}
   */
  public StorageException(String message, Throwable cause) {
    super(Category.STORAGE, message, cause);
  }
}
