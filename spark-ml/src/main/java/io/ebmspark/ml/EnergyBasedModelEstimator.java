package io.ebmspark.ml;

import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.features.FeatureResolver;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.run.RowScoring;
import io.ebmspark.spark.run.RunListener;
import io.ebmspark.spark.run.TrainJob;
import io.ebmspark.spark.run.TrainingRun;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains an energy-based model on the rows of a dataset, as {@code ebm train} does: the same rows
 * and settings give the same bits. Its parameters are the settings of job files ({@link
 * SettingParam}); none is required, and what is not set follows from the rows.
 *
 * <p>The model's folder is where {@code output} says, as in {@code setOutput("{model:
 * hdfs:///models/sessions}")}; a run that is killed then goes on from its last checkpoint when it
 * is fitted again. Without it the folder is a temporary one of the driver, and lasts as long as the
 * model is in use; {@code save} copies it.
 */
public final class EnergyBasedModelEstimator extends Estimator<EnergyBasedModel>
    implements HasSettings<EnergyBasedModelEstimator>, DefaultParamsWritable {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(EnergyBasedModelEstimator.class);
  private static final int STEPS_BETWEEN_LINES = 500;

  private final String uid;
  private final Param<?>[] params;

  /** An estimator with nothing set. */
  public EnergyBasedModelEstimator() {
    this(Identifiable$.MODULE$.randomUID("ebm"));
  }

  /** An estimator with nothing set. */
  public EnergyBasedModelEstimator(String uid) {
    this.uid = uid;
    Map<String, Param<?>> all = new TreeMap<>();
    JobSettings.SCORING.params(this).forEach(param -> all.put(param.name(), param));
    // What training does about missing values, scoring does too.
    JobSettings.TRAINING.params(this).forEach(param -> all.put(param.name(), param));
    this.params = all.values().toArray(new Param<?>[0]);
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    return params.clone();
  }

  /** Names the one column of vectors or arrays that is learnt. */
  public EnergyBasedModelEstimator setFeaturesCol(String column) {
    return setFeatures(column);
  }

  /** Names the columns that are learnt: names, patterns or SQL; by default all. */
  public EnergyBasedModelEstimator setFeatures(String... columns) {
    return with("features", List.of(columns));
  }

  /** Names columns, or patterns of them, that are left out. */
  public EnergyBasedModelEstimator setExclude(String... columns) {
    return with("exclude", List.of(columns));
  }

  /**
   * Sets the energy.
   *
   * @param energy as in a job file: {@code "{kind: mlp, hidden: [64, 64]}"}
   */
  public EnergyBasedModelEstimator setEnergy(String energy) {
    return with("energy", energy);
  }

  /**
   * Sets what is minimised.
   *
   * @param objective as in a job file: {@code "{kind: denoising-score-matching, noise: 0.3}"}
   */
  public EnergyBasedModelEstimator setObjective(String objective) {
    return with("objective", objective);
  }

  /** Sets the number of training steps. */
  public EnergyBasedModelEstimator setSteps(long steps) {
    return with("steps", steps);
  }

  /** Sets the number of rows per step, over all shards. */
  public EnergyBasedModelEstimator setBatchSize(int rows) {
    return with("batchSize", rows);
  }

  /** Sets the learning rate. */
  public EnergyBasedModelEstimator setLearningRate(double rate) {
    return with("learningRate", rate);
  }

  /** Sets the number of parts the data is cut into. */
  public EnergyBasedModelEstimator setShards(int shards) {
    return with("shards", shards);
  }

  /** Sets the seed of all random numbers. */
  public EnergyBasedModelEstimator setSeed(long seed) {
    return with("seed", seed);
  }

  /**
   * Sets where the model goes.
   *
   * @param output as in a job file: {@code "{model: hdfs:///models/sessions, overwrite: true}"}
   */
  public EnergyBasedModelEstimator setOutput(String output) {
    return with("output", output);
  }

  /**
   * Trains a model.
   *
   * @throws io.ebmspark.core.failure.EbmException for anything a user can fix, in one sentence
   */
  @Override
  public EnergyBasedModel fit(Dataset<?> rows) {
    if (rows.isStreaming()) {
      throw new DataException(
          uid
              + " cannot be fitted to a stream, which has no end; write it to a table and fit that");
    }
    withAdded(rows.schema());
    if (isSet(getParam("output"))) {
      TrainJob job = JobSettings.training(this, "");
      Model trained = train(rows, job);
      String folder = job.output().model();
      Configuration hadoop = rows.sparkSession().sparkContext().hadoopConfiguration();
      return model(folder, TemporaryFolder.copyOf(folder, hadoop), trained);
    }
    TemporaryFolder folder = new TemporaryFolder();
    Model trained = train(rows, JobSettings.training(this, folder.model()));
    return model(folder.model(), folder, trained);
  }

  private Model train(Dataset<?> rows, TrainJob job) {
    TrainingRun run = TrainingRun.on(rows.toDF(), job, new Logged(uid));
    return JobDescription.keeping(rows.sparkSession().sparkContext(), () -> run.train(() -> false));
  }

  private EnergyBasedModel model(String folder, TemporaryFolder kept, Model trained) {
    EnergyBasedModel model = new EnergyBasedModel(uid, folder, kept, trained);
    return copyValues(model, extractParamMap()).setParent(this);
  }

  /**
   * The schema with the columns that the model will add.
   *
   * @throws DataException if it lacks what is to be learnt
   */
  @Override
  public StructType transformSchema(StructType schema) {
    Dataset<Row> none = SparkSession.active().createDataFrame(List.of(), schema);
    FeatureResolver.resolve(none, JobSettings.training(this, "model").data());
    return withAdded(schema);
  }

  private StructType withAdded(StructType schema) {
    boolean hasPValues = JobSettings.training(this, "model").data().holdOut().isOn();
    return RowScoring.schema(schema, JobSettings.scoring(this), hasPValues);
  }

  @Override
  public EnergyBasedModelEstimator copy(ParamMap extra) {
    return copyValues(new EnergyBasedModelEstimator(uid), extractParamMap(extra));
  }

  @Override
  public MLWriter write() {
    return new DefaultParamsWriter(this);
  }

  /** A reader of what {@code save} wrote. */
  public static MLReader<EnergyBasedModelEstimator> read() {
    return new StageReader<>(EnergyBasedModelEstimator.class);
  }

  /** Reads what {@code save} wrote. */
  public static EnergyBasedModelEstimator load(String path) {
    return read().load(path);
  }

  /** What a command would print goes to the log. */
  private record Logged(String uid) implements RunListener {
    @Override
    public void onStep(StepMetrics metrics) {
      if (metrics.step() % STEPS_BETWEEN_LINES == 0) {
        LOG.info("{}: step {}, loss {}", uid, metrics.step(), metrics.loss());
      }
    }

    @Override
    public void onNotice(String text) {
      LOG.info("{}: {}", uid, text);
    }
  }
}
