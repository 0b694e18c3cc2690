package io.ebmspark.spark.run;

import io.ebmspark.spark.registry.ModelReference;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A job file: all that a run is asked to do. */
public interface Job {
  /** The same, fit to be kept: without passwords and the like. */
  Record withoutSecrets();

  /**
   * The folder that the record of a run goes to, unless another is named.
   *
   * @param run name of the run
   */
  String recordFolder(String run, Configuration hadoop);

  /** For runs that look at a model and write nothing else: beside it, or with its registry. */
  static String besideModel(
      String model, Optional<String> registry, String command, String run, Configuration hadoop) {
    return ModelReference.registered(model, registry, hadoop)
        .map(known -> known.runFolder(run))
        .orElse(model + "." + command);
  }
}
