package io.ebmspark.spark.run;

import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.registry.ModelReference;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** Finds the model a run works with. */
final class ModelLookup {
  private ModelLookup() {}

  /**
   * The folder of a model, looked up once, so that a run ends with the version it started with,
   * whatever is promoted meanwhile.
   *
   * @param name a folder, or a reference to a registered model
   * @param registry folder of the registry, if the job names one
   * @param listener told which version was found
   */
  static ModelFolder find(
      String name, Optional<String> registry, Configuration hadoop, RunListener listener) {
    ModelReference reference = ModelReference.resolve(name, registry, hadoop);
    reference
        .version()
        .ifPresent(
            version -> {
              listener.onNotice("model: " + reference.describe());
              listener.onFinding(
                  account ->
                      account.model(version.record().model(), Optional.of(version.number())));
            });
    return new ModelFolder(reference.path(), hadoop);
  }
}
