package io.ebmspark.spark.run;

import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.registry.ModelReference;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** Finds the model a run works with. */
final class ModelLookup {
  private ModelLookup() {}

  /**
   * The folder of a model, looked up once: the run ends on the version it started on, whatever is
   * promoted meanwhile.
   *
   * @param name a folder, or a reference to a registered model
   * @param registry where the registry is, if the job says so
   * @param listener is told which version it is
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
