package io.ebmspark.ml;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.run.ScoreJob;
import io.ebmspark.spark.run.TrainJob;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.Identifiable;
import scala.Option;

/**
 * The settings of a kind of job as parameters, and parameters as a job.
 *
 * <p>A parameter has the name of its setting. Those of {@code data} and {@code training} are
 * parameters one by one; {@code energy}, {@code sampling} and {@code output} are one each.
 */
enum JobSettings {
  /** Of {@code ebm train}, without the source: its rows are given. */
  TRAINING(TrainJob.class, "{data: {source: {table: dataset}}, output: {model: model}}") {
    @Override
    List<SettingParam> params(Identifiable parent) {
      List<SettingParam> params = new ArrayList<>();
      add(params, parent, "data", DataSettings.class, Set.of("source"));
      add(params, parent, "training", TrainingSettings.class, Set.of());
      add(params, parent, "", TrainJob.class, Set.of("data", "training"));
      return params;
    }
  },

  /** Of {@code ebm score}, without the model, the source and the output, which are given. */
  SCORING(ScoreJob.class, "{model: model, source: {table: dataset}, output: {path: scored}}") {
    @Override
    List<SettingParam> params(Identifiable parent) {
      List<SettingParam> params = new ArrayList<>();
      Set<String> given = Set.of("model", "registry", "source", "show", "output");
      add(params, parent, "", ScoreJob.class, given);
      return params;
    }
  };

  private final Class<? extends Record> type;
  private final String given;

  JobSettings(Class<? extends Record> type, String given) {
    this.type = type;
    this.given = given;
  }

  /** The parameters, in the order of the reference of settings. */
  abstract List<SettingParam> params(Identifiable parent);

  void add(
      List<SettingParam> params,
      Identifiable parent,
      String section,
      Class<? extends Record> settings,
      Set<String> without) {
    for (RecordComponent component : settings.getRecordComponents()) {
      if (!without.contains(component.getName())) {
        params.add(new SettingParam(parent, this, section, component));
      }
    }
  }

  /** Rejects a value that the job could not have, were everything else left as it is by default. */
  void checkAlone(SettingParam param, Object value) {
    SettingsTree tree = SettingsTree.parse(param.parent(), given);
    bind(tree.with(param.parent(), param.path(), param.yaml(value)));
  }

  private Record bind(SettingsTree tree) {
    return SettingsBinder.bind(tree, type);
  }

  /** The tree of what is set. */
  private SettingsTree tree(Params of) {
    SettingsTree tree = SettingsTree.parse(of.uid(), given);
    for (Param<?> param : of.params()) {
      if (param instanceof SettingParam setting && setting.isOf(this)) {
        Option<Object> value = of.get(setting);
        if (value.isDefined()) {
          tree = tree.with(of.uid(), setting.path(), setting.yaml(value.get()));
        }
      }
    }
    return tree;
  }

  /**
   * The job of training that an estimator's parameters describe.
   *
   * @param model the folder of the model, unless {@code output} is set
   * @throws io.ebmspark.core.settings.SettingsException with everything that is wrong with them
   */
  static TrainJob training(Params estimator, String model) {
    SettingsTree tree = TRAINING.tree(estimator);
    if (!estimator.isSet(estimator.getParam("output"))) {
      tree = tree.with(estimator.uid(), "output.model", '"' + model + '"');
    }
    return (TrainJob) TRAINING.bind(tree);
  }

  /**
   * The job of scoring that parameters describe.
   *
   * @throws io.ebmspark.core.settings.SettingsException with everything that is wrong with them
   */
  static ScoreJob scoring(Params of) {
    return (ScoreJob) SCORING.bind(SCORING.tree(of));
  }
}
