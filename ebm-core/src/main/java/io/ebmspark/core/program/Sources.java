package io.ebmspark.core.program;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Program texts that lie beside the classes that use them. */
public final class Sources {
  private Sources() {}

  /**
   * The text of a resource beside {@code owner}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static String text(Class<?> owner, String resource) {
    try (InputStream in = owner.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("no resource " + resource + " beside " + owner);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
