package io.ebmspark.core.engine;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import org.jspecify.annotations.Nullable;

/** libtorch cannot be unpacked or loaded on this machine; the message names folder and setting. */
public final class NativeLibraryException extends EbmException {
  private static final long serialVersionUID = 1;

  NativeLibraryException(String message, @Nullable Throwable cause) {
    super(Category.SETTINGS, message, cause);
  }
}
