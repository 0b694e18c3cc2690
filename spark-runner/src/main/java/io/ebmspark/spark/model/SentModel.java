package io.ebmspark.spark.model;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import java.io.Serializable;

/** A model on its way to executors: settings as text, weights as numbers. */
public final class SentModel implements Serializable {
  private static final long serialVersionUID = 1;

  private final String config;
  private final float[] parameters;

  public SentModel(Model model) {
    this.config = SettingsWriter.toJson(model.config());
    this.parameters = model.parameters();
  }

  /** The model again. */
  public Model model() {
    SettingsTree tree = SettingsTree.parse("config.json", config);
    return new Model(SettingsBinder.bind(tree, ModelConfig.class), parameters);
  }
}
