package io.ebmspark.spark.run;

import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.registry.ModelReference;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * The model a run works with, looked up once: the run ends on the version it started on, whatever
 * is promoted meanwhile.
 *
 * @param path of its folder
 */
record NamedModel(String path, Model model) {
  /**
   * Looks a model up and reads it.
   *
   * @param name a folder, or a reference to a registered model
   * @param registry where the registry is, if the job says so
   * @param listener is told which version it is
   */
  static NamedModel open(
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
    return new NamedModel(reference.path(), new ModelFolder(reference.path(), hadoop).read());
  }
}
