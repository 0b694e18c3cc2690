package io.ebmspark.spark.run;

import io.ebmspark.spark.check.Champion;
import io.ebmspark.spark.data.read.KnownColumns;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.Start;
import io.ebmspark.spark.model.StartSettings;
import io.ebmspark.spark.registry.RegisteredModel;
import io.ebmspark.spark.registry.Version;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * A version that tonight's rows and candidate are compared with: the champion at the start of the
 * night, or an older version.
 */
record Incumbent(Version version, ModelFolder folder, Model model) {
  static Optional<Incumbent> of(RegisteredModel registered, Configuration hadoop) {
    return registered.champion().map(version -> of(version, hadoop));
  }

  private static Incumbent of(Version version, Configuration hadoop) {
    ModelFolder folder = new ModelFolder(version.modelFolder(), hadoop);
    return new Incumbent(version, folder, folder.read());
  }

  long number() {
    return version.number();
  }

  /** The model and profile that new rows are checked against. */
  Champion reference() {
    return new Champion(model, folder.profile());
  }

  /** What it knows of the columns, by which new rows are read. */
  KnownColumns knownColumns() {
    return model.config().features().knownColumns();
  }

  /** The state that training may start from. */
  Start start(StartSettings settings) {
    return folder.readStart(settings.optimizer());
  }
}
