package io.ebmspark.core.engine;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import org.jspecify.annotations.Nullable;

/**
 * libtorch cannot be unpacked, loaded or used on a machine; the message names the machine, what is
 * missing and what to change.
 */
public final class NativeLibraryException extends EbmException {
  private static final long serialVersionUID = 1;

  public NativeLibraryException(String message, @Nullable Throwable cause) {
    super(Category.SETTINGS, message, cause);
  }
}
