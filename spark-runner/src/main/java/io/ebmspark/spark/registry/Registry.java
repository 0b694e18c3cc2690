package io.ebmspark.spark.registry;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.settings.Suggestion;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.RunLock;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;

/**
 * Registered models, one folder each, in any Hadoop file system and with no server.
 *
 * <pre>
 * REGISTRY/NAME/versions/3/model/     a model folder
 * REGISTRY/NAME/versions/3/…          the version's other files
 * REGISTRY/NAME/versions/3/version.json   written last; the version exists once it does
 * REGISTRY/NAME/history/…json         one file per change, with the versions in use after it
 * REGISTRY/NAME/runs/RUN/             run.json and report.html of a run
 * </pre>
 */
public final class Registry {
  /** The Hadoop setting that names the registry. */
  public static final String SETTING = "ebm.registry";

  /** The environment variable that names the registry. */
  public static final String ENVIRONMENT = "EBM_REGISTRY";

  private static final String DEFAULT = "registry";
  private static final int LONGEST_NAME = 100;
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0," + (LONGEST_NAME - 1) + "}");

  private final Location root;
  private final RunLock.Timing timing;
  private final Clock clock;

  Registry(Location root, RunLock.Timing timing, Clock clock) {
    this.root = root;
    this.timing = timing;
    this.clock = clock;
  }

  /**
   * The registry in a folder, which need not exist.
   *
   * @throws io.ebmspark.spark.store.PathException if the path cannot be used
   */
  public static Registry at(String root, Configuration configuration) {
    return new Registry(Location.of(root, configuration), RunLock.Timing.USUAL, Clock.systemUTC());
  }

  /**
   * The registry given; else that of {@code spark.hadoop.ebm.registry}; else that of {@code
   * EBM_REGISTRY}; else {@code registry} in the working folder.
   *
   * @param given a setting or an option
   */
  public static Registry of(Optional<String> given, Configuration configuration) {
    return at(
        given
            .or(() -> Optional.ofNullable(configuration.getTrimmed(SETTING)))
            .or(() -> Optional.ofNullable(System.getenv(ENVIRONMENT)))
            .filter(text -> !text.isBlank())
            .orElse(DEFAULT),
        configuration);
  }

  /** Its folder. */
  public String root() {
    return root.toString();
  }

  /** The names of all models, in order. */
  public List<String> names() {
    try {
      return root.storage().list(root.path()).stream()
          .filter(FileStatus::isDirectory)
          .map(status -> status.getPath().getName())
          .filter(name -> NAME.matcher(name).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw away(e);
    }
  }

  /**
   * The model with a name, which need not exist.
   *
   * @throws RegistryException if the name is not valid
   */
  public RegisteredModel model(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new RegistryException(
          "'"
              + name
              + "' is not a valid model name; choose letters, digits, '-', '_' and '.', at most "
              + LONGEST_NAME
              + " and a letter or digit first");
    }
    return new RegisteredModel(this, name, root.child(name), timing, clock);
  }

  /**
   * The model with a name.
   *
   * @throws RegistryException if there is none
   */
  public RegisteredModel existing(String name) {
    RegisteredModel model = model(name);
    if (!model.exists()) {
      throw unknown(name);
    }
    return model;
  }

  private RegistryException unknown(String name) {
    List<String> names = names();
    return new RegistryException(
        names.isEmpty()
            ? "there are no models in the registry "
                + root
                + "; name another with --registry, the setting registry or "
                + ENVIRONMENT
                + ", or register one"
            : "there is no model '"
                + name
                + "' in the registry "
                + root
                + Suggestion.of(name, names)
                    .map(near -> "; did you mean '" + near + "'?")
                    .orElse(";")
                + " (known: "
                + String.join(", ", names)
                + ")");
  }

  StorageException away(IOException e) {
    return new StorageException(
        "the registry " + root + " cannot be reached: " + FirstLine.of(e), e);
  }
}
