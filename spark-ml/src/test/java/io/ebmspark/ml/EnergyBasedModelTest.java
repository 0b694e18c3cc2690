package io.ebmspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.evaluation.Auroc;
import io.ebmspark.core.evaluation.AveragePrecision;
import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.run.RunListener;
import io.ebmspark.spark.run.ScoreJob;
import io.ebmspark.spark.run.ScoringRun;
import io.ebmspark.spark.run.TrainJob;
import io.ebmspark.spark.run.TrainingRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.OneHotEncoder;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnergyBasedModelTest {
  private static final StructType SCHEMA =
      StructType.fromDDL("amount DOUBLE, seconds DOUBLE, kind STRING, label DOUBLE");
  private static final int STEPS = 60;

  @TempDir static Path folder;
  private static SparkSession spark;
  private static Dataset<Row> table;
  private static String parquet;
  private static EnergyBasedModel fitted;

  @BeforeAll
  static void fit() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("ml tests")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    parquet = folder.resolve("table").toString();
    rows().write().parquet(parquet);
    table = spark.read().parquet(parquet);
    fitted = estimator().fit(table);
  }

  private static Dataset<Row> rows() {
    Random random = new Random(1);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      boolean anomaly = i % 30 == 0;
      double shift = anomaly ? 6 : 0;
      rows.add(
          RowFactory.create(
              random.nextGaussian() + shift,
              random.nextGaussian() - shift,
              random.nextInt(3) == 0 ? "web" : "shop",
              anomaly ? 1.0 : 0.0));
    }
    return spark.createDataFrame(rows, SCHEMA);
  }

  private static EnergyBasedModelEstimator estimator() {
    return new EnergyBasedModelEstimator()
        .setExclude("label")
        .setEnergy("{kind: mlp, hidden: [16]}")
        .setObjective("{kind: denoising-score-matching, noise: 0.5}")
        .setSteps(STEPS)
        .setSeed(7);
  }

  private static TrainJob commandsJob(String model) {
    String yaml =
        "{data: {source: {path: %s}, exclude: label}, energy: {kind: mlp, hidden: [16]}, training:"
            + " {objective: {kind: denoising-score-matching, noise: 0.5}, steps: %d, seed: 7},"
            + " output: {model: %s}}";
    return SettingsBinder.bind(
        SettingsTree.parse("job", yaml.formatted(parquet, STEPS, model)), TrainJob.class);
  }

  @Test
  void fitGivesTheBitsOfTheCommand() throws Exception {
    Path commands = folder.resolve("commands");
    new TrainingRun(spark, commandsJob(commands.toString()), RunListener.SILENT).train(() -> false);
    Path saved = folder.resolve("saved");
    fitted.write().overwrite().save(saved.toString());
    for (String file : List.of("model", "calibration", "baselines", "state")) {
      assertThat(saved.resolve(file + ".safetensors"))
          .hasSameBinaryContentAs(commands.resolve(file + ".safetensors"));
    }
    // Overwriting begins by removing what is there, which may be the folder of this very model.
    EnergyBasedModel again = EnergyBasedModel.load(saved.toString());
    again.write().overwrite().save(saved.toString());
    assertThat(EnergyBasedModel.load(saved.toString()).uid()).isEqualTo(fitted.uid());
    assertThat(saved.resolve("model.safetensors"))
        .hasSameBinaryContentAs(commands.resolve("model.safetensors"));
    // Spark Connect's server puts models aside by paths of its own machine.
    String aside = folder.resolve("put aside #1").toString();
    fitted.write().saveToLocal(aside);
    assertThat(Path.of(aside, "model.safetensors")).exists();
    assertThat(EnergyBasedModel.read().loadFromLocal(aside).uid()).isEqualTo(fitted.uid());
    // A model folder without Spark ML's metadata is a model too.
    EnergyBasedModel read = EnergyBasedModel.load(commands.toString());
    assertThat(energies(read.transform(table))).isEqualTo(energies(fitted.transform(table)));
  }

  @Test
  void transformGivesTheBitsOfTheCommand() throws Exception {
    String model = folder.resolve("for-scoring").toString();
    EnergyBasedModel flagging =
        fitted
            .copy(ParamMap.empty())
            .setFalsePositiveRate(0.05)
            .setExplain("{rows: flagged, top: 2}");
    assertThat(fitted.isSet(fitted.getParam("threshold"))).isFalse();
    Dataset<Row> transformed = flagging.transform(table);
    assertThat(transformed.schema()).isEqualTo(flagging.transformSchema(table.schema()));

    fitted.write().overwrite().save(model);
    String scored = folder.resolve("scored").toString();
    String yaml =
        "{model: %s, source: {path: %s}, threshold: {falsePositiveRate: 0.05},"
            + " explain: {rows: flagged, top: 2}, output: {path: %s}}";
    new ScoringRun(
            spark,
            SettingsBinder.bind(
                SettingsTree.parse("job", yaml.formatted(model, parquet, scored)), ScoreJob.class),
            RunListener.SILENT)
        .score();
    assertThat(sorted(transformed)).isEqualTo(sorted(spark.read().parquet(scored)));
  }

  private static List<String> sorted(Dataset<Row> rows) {
    return rows.collectAsList().stream().map(Row::toString).sorted().toList();
  }

  private static List<Double> energies(Dataset<Row> rows) {
    return rows.select("energy").collectAsList().stream()
        .map(row -> row.getDouble(0))
        .sorted()
        .toList();
  }

  @Tag("long")
  @Test
  void pipelineIsSavedAndReadWithItsParameters() throws Exception {
    Pipeline pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  new StringIndexer().setInputCol("kind").setOutputCol("index"),
                  new OneHotEncoder().setInputCol("index").setOutputCol("hot").setDropLast(false),
                  new VectorAssembler()
                      .setInputCols(new String[] {"amount", "seconds", "hot"})
                      .setOutputCol("assembled"),
                  new StandardScaler().setInputCol("assembled").setOutputCol("features"),
                  estimator()
                      .with("exclude", List.of())
                      .setFeaturesCol("features")
                      .setEnergyColumn("unusual")
                      .setFalsePositiveRate(0.1)
                });
    String unfitted = folder.resolve("pipeline").toString();
    pipeline.write().overwrite().save(unfitted);
    PipelineModel model = Pipeline.load(unfitted).fit(table);
    String path = folder.resolve("pipeline-model").toString();
    model.write().overwrite().save(path);
    Dataset<Row> again = PipelineModel.load(path).transform(table);
    assertThat(again.columns()).contains("unusual", "is_anomaly");
    assertThat(sorted(again)).isEqualTo(sorted(model.transform(table)));
    assertThat(EnergyBasedModel.load(path + "/stages/4_" + model.stages()[4].uid()).numFeatures())
        .isEqualTo(4);
  }

  @Tag("long")
  @Test
  void crossValidationChoosesTheEnergyThatTellsAnomalies() {
    EnergyBasedModelEstimator estimator =
        estimator().with("objective", Map.of("kind", "denoising-score-matching", "noise", 1));
    ParamMap[] grid =
        new ParamGridBuilder()
            .addGrid(
                estimator.getParam("features"),
                scala.jdk.javaapi.CollectionConverters.asScala(
                    List.<Object>of(
                        List.of("amount", "seconds"), List.of("sin(1e6 * amount) AS noise"))))
            .build();
    CrossValidatorModel chosen =
        new CrossValidator()
            .setEstimator(estimator)
            .setEvaluator(new EnergyEvaluator())
            .setEstimatorParamMaps(grid)
            .setNumFolds(2)
            .setSeed(5)
            .fit(table);
    assertThat(chosen.avgMetrics()[0]).isGreaterThan(0.85);
    assertThat(chosen.avgMetrics()[1]).isLessThan(0.75);
    assertThat(((EnergyBasedModel) chosen.bestModel()).numFeatures()).isEqualTo(2);
  }

  @Test
  void evaluatorCountsTiesAsTheStatisticsOfTheCoreDo() {
    Random random = new Random(2);
    float[] usual = new float[400];
    float[] unusual = new float[50];
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < usual.length; i++) {
      usual[i] = i == 0 ? Float.POSITIVE_INFINITY : random.nextInt(20);
      rows.add(RowFactory.create((double) usual[i], 0));
    }
    for (int i = 0; i < unusual.length; i++) {
      unusual[i] = 5 + random.nextInt(20);
      rows.add(RowFactory.create((double) unusual[i], 1));
    }
    rows.add(RowFactory.create(null, 1));
    Dataset<Row> scored =
        spark.createDataFrame(rows, StructType.fromDDL("energy DOUBLE, label INT"));
    EnergyEvaluator evaluator = new EnergyEvaluator();
    assertThat(evaluator.evaluate(scored))
        .isCloseTo(Auroc.of(usual, unusual), org.assertj.core.data.Offset.offset(1e-12));
    assertThat(evaluator.setMetricName("averagePrecision").evaluate(scored))
        .isCloseTo(AveragePrecision.of(usual, unusual), org.assertj.core.data.Offset.offset(1e-12));
    assertThatThrownBy(() -> evaluator.evaluate(scored.where("label = 0")))
        .hasMessageContaining("needs rows of both kinds, and none has a label above 0");
  }

  @Test
  void evaluatorTakesColumnsAsTheyAreAndSaysWhichItCannot() {
    Dataset<Row> scored =
        spark.sql(
            "SELECT double(id) AS `my.energy`, if(id = 5, double('NaN'), double(id > 6)) AS"
                + " `my.label`, struct(id > 6 AS odd) AS label, 'x' AS word FROM range(10)");
    EnergyEvaluator evaluator = new EnergyEvaluator().setEnergyCol("my.energy");
    assertThat(evaluator.setLabelCol("my.label").evaluate(scored)).isEqualTo(1);
    assertThat(evaluator.setLabelCol("label.odd").evaluate(scored)).isEqualTo(1);
    assertThatThrownBy(() -> evaluator.setLabelCol("wrod").evaluate(scored))
        .isInstanceOf(EbmException.class)
        .hasMessageContaining(
            "labelCol names a column that the rows do not have: wrod (is it word?)");
    assertThatThrownBy(() -> evaluator.setLabelCol("word").evaluate(scored))
        .isInstanceOf(EbmException.class)
        .hasMessageContaining("labelCol names word, which is string; make a column of numbers");
  }

  @Test
  void streamOfFilesIsScoredLikeATable() throws Exception {
    String out = folder.resolve("stream-out").toString();
    Dataset<Row> stream = spark.readStream().schema(SCHEMA).parquet(parquet);
    StreamingQuery query =
        fitted
            .copy(ParamMap.empty())
            .setFalsePositiveRate(0.05)
            .setExplain("{rows: flagged}")
            .transform(stream)
            .writeStream()
            .format("parquet")
            .option("path", out)
            .option("checkpointLocation", folder.resolve("stream-state").toString())
            .trigger(org.apache.spark.sql.streaming.Trigger.AvailableNow())
            .start();
    assertThat(query.awaitTermination(TimeUnit.MINUTES.toMillis(2))).isTrue();
    assertThat(sorted(spark.read().parquet(out)))
        .isEqualTo(
            sorted(
                fitted
                    .copy(ParamMap.empty())
                    .setFalsePositiveRate(0.05)
                    .setExplain("{rows: flagged}")
                    .transform(table)));
  }

  @Test
  void rowsAreDrawnInTheColumnsOfTheTable() {
    Dataset<Row> drawn = fitted.sample(20, 3);
    assertThat(drawn.columns()).containsExactly("amount", "seconds", "kind", "energy");
    assertThat(drawn.count()).isEqualTo(20);
    assertThat(sorted(drawn)).isEqualTo(sorted(fitted.sample(20, 3)));
    assertThat(drawn.select("kind").distinct().collectAsList())
        .allMatch(row -> List.of("web", "shop").contains(row.getString(0)));
  }

  @Test
  void aCallersDescriptionOfJobsIsLeftAsItWas() {
    String property = "spark.job.description";
    spark.sparkContext().setJobDescription("a caller's");
    try {
      fitted.sample(2, 1);
      assertThat(spark.sparkContext().getLocalProperty(property)).isEqualTo("a caller's");
      assertThatThrownBy(() -> estimator().fit(table.limit(0))).isInstanceOf(EbmException.class);
      assertThat(spark.sparkContext().getLocalProperty(property)).isEqualTo("a caller's");
    } finally {
      spark.sparkContext().setJobDescription(null);
    }
  }

  @Test
  void mistakesAreToldWhereTheyAreMade() {
    EnergyBasedModelEstimator estimator = estimator();
    assertThatThrownBy(() -> estimator.setSteps(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("training.steps must be positive, got -1");
    assertThatThrownBy(() -> estimator.setEnergy("{kind: mpl}"))
        .hasMessageContaining("energy.kind is 'mpl', which is unknown; did you mean 'mlp'");
    assertThatThrownBy(() -> estimator.with("stepz", 1))
        .hasMessageContaining("stepz is no setting");
    assertThatThrownBy(() -> estimator.with("batchSize", "many"))
        .hasMessageContaining("training.batchSize expects a whole number");
    assertThatThrownBy(() -> estimator.setFeatures("amuont").fit(table))
        .isInstanceOf(EbmException.class)
        .hasMessageContaining("amuont");
    assertThatThrownBy(() -> fitted.transform(fitted.transform(table)))
        .hasMessageContaining("the table has a column 'energy' already");
    assertThatThrownBy(() -> fitted.transformSchema(fitted.transform(table).schema()))
        .hasMessageContaining("the table has a column 'energy' already");
    assertThatThrownBy(() -> fitted.sample(0, 1)).hasMessage("rows must be positive, got 0");
    Dataset<Row> stream = spark.readStream().schema(SCHEMA).parquet(parquet);
    assertThatThrownBy(() -> estimator().fit(stream)).hasMessageContaining("fitted to a stream");
    EnergyBasedModel overRun =
        fitted.copy(ParamMap.empty()).with("threshold", Map.of("falseDiscoveryRate", 0.1));
    assertThatThrownBy(() -> overRun.transform(table)).hasMessageContaining("falsePositiveRate");
    EnergyBasedModelEstimator alsoOverRun =
        estimator().with("threshold", Map.of("falseDiscoveryRate", 0.1));
    assertThatThrownBy(() -> alsoOverRun.fit(table)).hasMessageContaining("falsePositiveRate");
  }

  /** A pipeline asks before any of its stages computes anything. */
  @Test
  void schemasThatDoNotFitAreRefused() {
    StructType lacking = StructType.fromDDL("amuont DOUBLE, seconds DOUBLE, kind STRING");
    assertThatThrownBy(() -> fitted.transformSchema(lacking))
        .isInstanceOf(EbmException.class)
        .hasMessageContaining("amount (is it amuont?)");
    StructType changed = StructType.fromDDL("amount DATE, seconds DOUBLE, kind STRING");
    assertThatThrownBy(() -> fitted.transformSchema(changed))
        .isInstanceOf(EbmException.class)
        .hasMessageContaining("amount");
    EnergyBasedModelEstimator estimator = estimator().with("exclude", List.of());
    assertThatThrownBy(() -> estimator.setFeatures("amount").transformSchema(lacking))
        .isInstanceOf(EbmException.class)
        .hasMessageContaining("amount (is it amuont?)");
    assertThat(estimator.setFeatures("a*").transformSchema(lacking).fieldNames())
        .endsWith("energy", "energy_percentile", "energy_p_value");
  }

  @Test
  void aFolderOfAnotherClassIsRefused() throws Exception {
    String evaluator = folder.resolve("evaluator").toString();
    new EnergyEvaluator("known").save(evaluator);
    assertThat(EnergyEvaluator.load(evaluator).uid()).isEqualTo("known");
    assertThatThrownBy(() -> EnergyBasedModelEstimator.load(evaluator))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Expected class name io.ebmspark.ml.EnergyBasedModelEstimator");
  }

  @Test
  void aModelsFolderOnTheDriversDiskLastsAsLongAsTheModel() throws Exception {
    String path = folder.resolve("read").toString();
    fitted.write().overwrite().save(path);
    EnergyBasedModel read = EnergyBasedModel.load(path);
    Path unused = Path.of(new TemporaryFolder().model()).getParent();
    assertThat(unused.getFileName().toString()).startsWith("ebm-model-");
    for (int i = 0; i < 1000 && Files.exists(unused); i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(unused).doesNotExist();
    read.write().overwrite().save(path);
  }

  /** A buffer that fits the batch size wanted, though not the default one. */
  @Test
  void settingsThatFitOnlyTogetherMayBeSetInAnyOrder() {
    EnergyBasedModelEstimator estimator =
        estimator()
            .setEnergy("{kind: mlp, hidden: [8]}")
            .setObjective("{kind: persistent-contrastive-divergence, buffer: {size: 100}}");
    assertThatThrownBy(() -> estimator.fit(table)).hasMessageContaining("keeps 100 chains");
    assertThat(JobSettings.training(estimator.setBatchSize(64), "m").training().provisional())
        .extracting("batchSize")
        .isEqualTo(64);
  }

  @Test
  void everySettingIsAParameterWithItsDescription() {
    List<String> names =
        Stream.of(new EnergyBasedModelEstimator().params()).map(param -> param.name()).toList();
    assertThat(names)
        .contains("features", "holdOut", "steps", "objective", "energy", "output", "threshold")
        .doesNotHaveDuplicates();
    assertThat(new EnergyBasedModelEstimator().explainParams())
        .contains("batchSize: rows per step, over all shards");
  }
}
