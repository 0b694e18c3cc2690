package io.ebmspark.spark.registry;

import io.ebmspark.core.settings.Suggestion;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;

/**
 * A model as the user names it: a folder, {@code models:/NAME/3} or {@code models:/NAME@champion}.
 *
 * @param text as written
 * @param path of the model folder
 * @param model its name in the registry; empty for a plain folder
 * @param version its version; empty for a plain folder
 */
public record ModelReference(
    String text, String path, Optional<String> model, Optional<Version> version) {
  private static final String PREFIX = "models:";
  private static final Pattern REFERENCE =
      Pattern.compile("models:/([^/@]+)(?:/([1-9]\\d{0,17})|@([^/@]+))");

  /**
   * Resolves a reference to a folder, once: its reader gets one complete model, whatever is
   * promoted meanwhile.
   *
   * @param registry folder of the registry, if given; see {@link Registry#of}
   * @throws RegistryException if it is not a valid reference, or names something that does not
   *     exist
   * @throws io.ebmspark.spark.store.StorageException if the registry cannot be reached
   */
  public static ModelReference resolve(
      String text, Optional<String> registry, Configuration configuration) {
    if (!text.startsWith(PREFIX)) {
      return new ModelReference(text, text, Optional.empty(), Optional.empty());
    }
    Matcher parts = REFERENCE.matcher(text);
    if (!parts.matches()) {
      throw new RegistryException(
          "'"
              + text
              + "' is not a reference to a registered model; write models:/NAME/3 or"
              + " models:/NAME@champion");
    }
    Optional<Alias> alias = Optional.ofNullable(parts.group(3)).map(ModelReference::alias);
    RegisteredModel model = Registry.of(registry, configuration).existing(parts.group(1));
    Version version =
        alias.isPresent()
            ? model.at(alias.get()).orElseThrow(() -> without(model, alias.get()))
            : model.version(Long.parseLong(parts.group(2)));
    return new ModelReference(
        text, version.modelFolder(), Optional.of(model.name()), Optional.of(version));
  }

  /**
   * The registered model that a reference names, whether or not the version exists; empty for a
   * plain folder.
   */
  public static Optional<RegisteredModel> registered(
      String text, Optional<String> registry, Configuration configuration) {
    Matcher parts = REFERENCE.matcher(text);
    return parts.matches()
        ? Optional.of(Registry.of(registry, configuration).model(parts.group(1)))
        : Optional.empty();
  }

  private static Alias alias(String text) {
    if (!Alias.texts().contains(text)) {
      throw new RegistryException(
          "there is no alias '"
              + text
              + "'"
              + Suggestion.of(text, Alias.texts())
                  .map(near -> "; did you mean '" + near + "'?")
                  .orElse(";")
              + " (known: "
              + String.join(", ", Alias.texts())
              + ")");
    }
    return Alias.valueOf(text.toUpperCase(Locale.ROOT));
  }

  private static RegistryException without(RegisteredModel model, Alias alias) {
    return new RegistryException(
        model.name()
            + " has no "
            + alias.text()
            + "; name a version, as in models:/"
            + model.name()
            + "/"
            + model.aliases().newest());
  }

  /** The reference as written, and what it resolves to. */
  public String describe() {
    return version.map(found -> text + ", version " + found.number() + " in " + path).orElse(path);
  }
}
