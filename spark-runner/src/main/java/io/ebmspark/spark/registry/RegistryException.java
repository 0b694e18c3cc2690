package io.ebmspark.spark.registry;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** A request to a registry that cannot be met; the message says why and what to change. */
public final class RegistryException extends EbmException {
  private static final long serialVersionUID = 1;

  RegistryException(String message) {
    super(Category.SETTINGS, message);
  }

  RegistryException(Category category, String message) {
    super(category, message);
  }
}
