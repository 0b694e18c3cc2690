package io.ebmspark.spark.registry;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** A version was to replace a certain champion, which is no longer the champion. */
public final class ChampionChangedException extends EbmException {
  private static final long serialVersionUID = 1;

  ChampionChangedException(String message) {
    super(Category.SETTINGS, message);
  }
}
