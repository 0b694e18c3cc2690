package io.ebmspark.spark.run;

/** A job file: all that a run is asked to do. */
public interface Job {
  /** The same, fit to be kept: without passwords and the like. */
  Record withoutSecrets();

  /** The folder the run's record goes to, unless another is named. */
  String recordFolder();
}
