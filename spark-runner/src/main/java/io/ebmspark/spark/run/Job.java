package io.ebmspark.spark.run;

import io.ebmspark.spark.registry.ModelReference;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A job file: everything that a run is asked to do. */
public interface Job {
  /** A copy without passwords and other secrets, fit to be stored. */
  Record withoutSecrets();

  /**
   * The default folder for the record of a run.
   *
   * @param run name of the run
   */
  String recordFolder(String run, Configuration hadoop);

  /** The record folder for runs that only read a model: beside the model, or in its registry. */
  static String besideModel(
      String model, Optional<String> registry, String command, String run, Configuration hadoop) {
    return ModelReference.registered(model, registry, hadoop)
        .map(known -> known.runFolder(run))
        .orElse(model + "." + command);
  }
}
