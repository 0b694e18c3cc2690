package io.ebmspark.spark.store;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.failure.FirstLine;
import java.io.IOException;
import org.apache.hadoop.fs.ParentNotDirectoryException;

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

  /**
   * What to throw where nothing can be written beside a place: something for the user to correct if
   * no later try can succeed, since the path leads through a file.
   */
  public static EbmException besides(Object place, IOException cause) {
    String message = "nothing can be written beside " + place + ": " + FirstLine.of(cause);
    return cause instanceof ParentNotDirectoryException
        ? new PathException(message + "; choose another path", cause)
        : new StorageException(message, cause);
  }
}
