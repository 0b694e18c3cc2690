package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import io.ebmspark.core.explain.Attribution;
import io.ebmspark.core.explain.Baselines;
import io.ebmspark.core.explain.IntegratedGradients;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.core.sampler.StartNoise;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.check.Champion;
import io.ebmspark.spark.check.CheckSettings;
import io.ebmspark.spark.check.DataChecks;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.features.Features;
import io.ebmspark.spark.data.features.ModelInput;
import io.ebmspark.spark.evaluate.EvaluationSettings;
import io.ebmspark.spark.evaluate.EvaluationTable;
import io.ebmspark.spark.evaluate.Evaluator;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.model.Start;
import io.ebmspark.spark.model.StartSettings;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import io.ebmspark.spark.sample.TableSampler;
import io.ebmspark.spark.score.Explainer;
import io.ebmspark.spark.score.Explanation;
import io.ebmspark.spark.score.ModelColumns;
import io.ebmspark.spark.score.ScoringSettings;
import io.ebmspark.spark.score.TableScorer;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table of text, dates, booleans, whole numbers and nulls, from training to all that follows. */
class MixedTableTest {
  private static final SparkSession SPARK = Sessions.shared();
  @TempDir static Path folder;

  private static Model model;

  private static TrainJob job(String name, String table, String... changes) {
    SettingsTree tree =
        SettingsTree.parse(
            "job",
            """
            data: {source: {table: %s}}
            energy: {kind: mlp, hidden: [32, 32], activation: silu}
            training:
              objective: {kind: denoising-score-matching, noise: 0.5}
              steps: 60
              batchSize: 128
              learningRate: 3e-3
            output: {model: %s, overwrite: true}
            """
                .formatted(table, folder.resolve(name)));
    for (String change : changes) {
      tree = tree.with(change);
    }
    return SettingsBinder.bind(tree, TrainJob.class);
  }

  private static Model train(String name, String table, String... changes) {
    return new TrainingRun(SPARK, job(name, table, changes), RunListener.SILENT).train(() -> false);
  }

  @BeforeAll
  static void people() {
    SPARK
        .sql(
            "select cast(id % 13 as double) / 4 as x, if(id % 10 = 3, null, int(20 + id % 50)) as"
                + " age, case when id % 20 < 10 then 'red' when id % 20 < 15 then 'green' when id %"
                + " 20 < 18 then 'blue' else null end as colour, id % 3 = 0 as member,"
                + " date_add(date '2024-01-01', int(id % 300)) as day, cast(id % 7 as decimal(5,2))"
                + " as price, timestamp '2024-02-03 04:05:06' + make_interval(0, 0, 0, 0, int(id % "
                + "24)) as at, concat('person ', id) as name from range(600)")
        .createOrReplaceTempView("mixed_people");
    model = train("people", "mixed_people", "data.columns={day: {as: date}, at: {as: date}}");
  }

  private static ScoringSettings scoring() {
    return new ScoringSettings(MissingValues.INDICATOR, "energy", "percentile", "p", List.of());
  }

  @Test
  void theStoredModelIsTheModel() {
    Model read = new ModelFolder(folder.resolve("people").toString(), new Configuration()).read();
    assertThat(read.config().features()).isEqualTo(model.config().features());
    assertThat(read.config().features().encodings()).containsOnlyKeys("age", "colour", "day", "at");
  }

  @Test
  void everyRowHasAnEnergyAndSoHaveValuesNeverSeen() {
    Dataset<Row> people = SPARK.table("mixed_people");
    Dataset<Row> strangers =
        people
            .limit(20)
            .selectExpr("x", "age", "'mauve' as colour", "member", "day", "price", "at");
    try (TableScorer scorer = new TableScorer(SPARK, model, scoring())) {
      List<Row> scored = scorer.score(people).collectAsList();
      assertThat(scored).hasSize(600).noneMatch(row -> row.isNullAt(row.fieldIndex("energy")));
      assertThat(scorer.score(strangers).collectAsList())
          .hasSize(20)
          .allMatch(row -> Double.isFinite(row.<Double>getAs("energy")));
      // Nothing stands in for a number that no training row lacked.
      Dataset<Row> gaps =
          strangers.selectExpr(
              "cast(null as double) as x", "age", "colour", "member", "day", "price", "at");
      assertThat(scorer.score(gaps).collectAsList())
          .allMatch(row -> row.isNullAt(row.fieldIndex("energy")));
    }
  }

  /** A column whose values are all others than in training is named, and no column else. */
  @Test
  void columnsThatChangedAltogetherAreNamed() {
    Dataset<Row> people = SPARK.table("mixed_people");
    Dataset<Row> strangers = people.withColumn("colour", functions.expr("age % 3"));
    try (TableScorer scorer = new TableScorer(SPARK, model, scoring())) {
      scorer.score(people).collectAsList();
      assertThat(scorer.changedColumns(people.schema())).isEmpty();
    }
    try (TableScorer scorer = new TableScorer(SPARK, model, scoring())) {
      scorer.score(strangers).collectAsList();
      assertThat(scorer.changedColumns(strangers.schema()))
          .containsExactly(
              "colour: 90 % of the rows hold a value that hardly any training row held (the"
                  + " column is int, was string)");
    }
  }

  /** Text that looks like numbers in one file is text still. */
  @Test
  void aColumnHasTheTypeItHadInTraining() {
    SPARK
        .sql("select string(id % 4 + 1) as code, double(id % 9) as x from range(200)")
        .createOrReplaceTempView("codes");
    Model codes = train("codes", "codes", "data.columns={code: {as: category}}");
    try (TableScorer scorer = new TableScorer(SPARK, codes, scoring())) {
      Dataset<Row> text = SPARK.table("codes");
      List<Row> asText = scorer.score(text).orderBy("code", "x").collectAsList();
      List<Row> asNumbers =
          scorer
              .score(text.selectExpr("int(code) as code", "x"))
              .orderBy("code", "x")
              .collectAsList();
      assertThat(asNumbers.stream().map(row -> row.getDouble(2)))
          .isEqualTo(asText.stream().map(row -> row.getDouble(2)).toList());
    }
  }

  /**
   * In a session of another zone, the same instant would be another hour, and often another day.
   */
  @Test
  void instantsAreTheTimesThatTheyWereInTraining() {
    FeatureSettings features = model.config().features();
    Dataset<Row> people = SPARK.table("mixed_people").limit(40).coalesce(1);
    String csv = folder.resolve("people-csv").toString();
    people
        .withColumn("at", functions.expr("date_format(at, 'yyyy-MM-dd HH:mm:ss')"))
        .write()
        .option("header", true)
        .csv(csv);
    List<Double> energies = energies(people);
    List<Row> drawn = drawn();
    String own = SPARK.conf().get("spark.sql.session.timeZone");
    assertThat(features.zone()).contains(own);
    SPARK.conf().set("spark.sql.session.timeZone", "Pacific/Auckland");
    try {
      assertThat(energies(people)).isEqualTo(energies);
      assertThat(drawn()).isEqualTo(drawn);
      Features hour =
          new Features(List.of("hour"), Map.of("hour", "hour(at)"), Map.of(), false, 1)
              .inZone(features.zone());
      assertThat(ModelInput.of(people, hour, List.of()).selected().first().getInt(0)).isEqualTo(4);
      // Files of text hold dates and times, which are instants only by the zone.
      ScoreJob job =
          SettingsBinder.bind(
              SettingsTree.parse(
                  "job",
                  "{model: %s, source: {path: %s, format: csv}, output: {path: %s}}"
                      .formatted(folder.resolve("people"), csv, folder.resolve("people-scored"))),
              ScoreJob.class);
      new ScoringRun(SPARK, job, RunListener.SILENT).score();
      assertThat(SPARK.read().parquet(job.output().path()).select("energy").collectAsList())
          .extracting(row -> row.getDouble(0))
          .isEqualTo(energies);
      TrainJob again =
          job(
              "people-again",
              "mixed_people",
              "data.columns={day: {as: date}, at: {as: date}}",
              "training.steps=1");
      Start start =
          new ModelFolder(folder.resolve("people").toString(), new Configuration())
              .readStart(StartSettings.Memory.RESET);
      Model warm =
          new TrainingRun(SPARK, again, RunListener.SILENT).startingFrom(start).train(() -> false);
      assertThat(warm.config().features().zone()).contains(own);
      assertThat(warm.config().provenance().dataFingerprint())
          .isEqualTo(model.config().provenance().dataFingerprint());
    } finally {
      SPARK.conf().unset("spark.sql.session.timeZone");
    }
  }

  private static List<Double> energies(Dataset<Row> rows) {
    try (TableScorer scorer = new TableScorer(SPARK, model, scoring())) {
      return scorer.score(rows).collectAsList().stream()
          .map(row -> row.<Double>getAs("energy"))
          .toList();
    }
  }

  private static List<Row> drawn() {
    SamplingSettings sampling = new SamplingSettings(Optional.empty(), 20, StartNoise.NORMAL, 1);
    try (TableSampler.Samples samples =
        TableSampler.draw(SPARK, model, sampling, sampling.samplerAt(1, false), 30, 1)) {
      return samples.rows("energy", true).collectAsList();
    }
  }

  @Test
  void drawnRowsAreRowsOfTheTable() {
    SamplingSettings sampling = new SamplingSettings(Optional.empty(), 200, StartNoise.NORMAL, 1);
    try (TableSampler.Samples samples =
        TableSampler.draw(SPARK, model, sampling, sampling.samplerAt(1, false), 300, 1)) {
      Dataset<Row> drawn = samples.rows("energy", true);
      assertThat(
              drawn
                  .drop("energy")
                  .schema()
                  .json()
                  .replace("\"nullable\":false", "\"nullable\":true"))
          .isEqualTo(
              SPARK
                  .table("mixed_people")
                  .drop("name")
                  .schema()
                  .json()
                  .replace("\"nullable\":false", "\"nullable\":true"));
      for (Row row : drawn.collectAsList()) {
        assertThat(row.getDouble(0)).isBetween(0.0, 3.0);
        assertThat(row.isNullAt(1) || (row.getInt(1) >= 20 && row.getInt(1) < 70)).isTrue();
        assertThat(Arrays.asList("red", "green", "blue", null)).contains(row.getString(2));
        assertThat(row.getDate(4)).isBetween("2024-01-01", "2024-10-27");
        assertThat(row.getDecimal(5).scale()).isEqualTo(2);
        assertThat(row.getTimestamp(6).getTime())
            .isBetween(
                Timestamp.valueOf("2024-02-03 04:05:06").getTime(),
                Timestamp.valueOf("2024-02-04 03:05:06").getTime());
      }
      try (TableScorer scorer =
          new TableScorer(
              SPARK,
              model,
              new ScoringSettings(MissingValues.ERROR, "again", "percentile", "p", List.of()))) {
        List<Row> scored = scorer.score(drawn).collectAsList();
        assertThat(scored).hasSize(300);
        for (Row row : scored) {
          assertThat(row.<Double>getAs("energy")).isEqualTo(row.<Double>getAs("again"));
        }
      }
    }
  }

  /**
   * Rows of usual ones' columns, every other from another row, and why they have their energies.
   */
  @Test
  void whatTheInputsOfAColumnAddIsAddedUp() {
    List<FeatureSettings.Group> groups = model.config().features().groups();
    Baselines baselines = model.baselines().orElseThrow();
    int width = baselines.rows().length / baselines.size();
    float[] rows = baselines.rows().clone();
    for (int row = 0; row < baselines.size(); row++) {
      int other = (row + 7) % baselines.size();
      for (int column = 0; column < groups.size(); column += 2) {
        FeatureSettings.Group group = groups.get(column);
        System.arraycopy(
            baselines.rows(),
            other * width + group.first(),
            rows,
            row * width + group.first(),
            group.count());
      }
    }
    try (RowEnergies energy = model.open(Device.cpu())) {
      ModelColumns columns = ModelColumns.of(model.config().features());
      List<Explanation> told =
          new Explainer(energy, baselines, columns, groups.size(), false).explain(rows);
      Attribution[] found = new IntegratedGradients(energy, baselines).of(rows);
      float[] energies = energy.energies(rows);
      float[] usual = energy.energies(baselines.rows());
      double split = 0;
      for (int row = 0; row < found.length; row++) {
        double sum = 0;
        for (Explanation.Reason reason : told.get(row).reasons()) {
          FeatureSettings.Group group = groups.get(reason.column());
          assertThat(columns.name(reason.column())).isEqualTo(group.column());
          double[] parts =
              Arrays.copyOfRange(
                  found[row].contributions(), group.first(), group.first() + group.count());
          assertThat(reason.contribution()).isCloseTo(Arrays.stream(parts).sum(), within(1e-9));
          split = Math.max(split, Math.abs(reason.contribution() - parts[0]));
          sum += reason.contribution();
        }
        double difference = (double) energies[row] - usual[found[row].baseline()];
        assertThat(sum + told.get(row).unexplained()).isCloseTo(difference, within(1e-4));
        assertThat(Math.abs(told.get(row).unexplained()))
            .isLessThan(1e-3 + 0.01 * Math.abs(difference));
      }
      assertThat(split).as("what other inputs of a column than its first add").isGreaterThan(0.01);
    }
  }

  @Test
  void evaluationAndDriftWorkOnTheColumns() {
    Dataset<Row> people = SPARK.table("mixed_people");
    TrainJob job = job("people", "mixed_people");
    EvaluationTable table =
        EvaluationTable.of(
            people,
            job.data().source(),
            model,
            new EvaluationTable.Choice(Optional.empty(), MissingValues.INDICATOR, true, 100));
    assertThat(table.incomplete()).isZero();
    assertThat(table.trainedOn()).isPositive();
    EvaluationSettings settings =
        SettingsBinder.bind(
            SettingsTree.parse("evaluation", "{parts: [objective, ranking]}"),
            EvaluationSettings.class);
    assertThat(
            new Evaluator(SPARK, settings)
                .evaluate("people", model, table.rows())
                .evaluation()
                .auroc())
        .isPresent();
    Champion champion =
        new Champion(
            model,
            new ModelFolder(folder.resolve("people").toString(), new Configuration()).profile());
    CheckSettings checks =
        SettingsBinder.bind(SettingsTree.parse("checks", "{}"), CheckSettings.class);
    assertThat(drift(people, champion, checks)).allMatch(j -> j.status() != Status.FAILED);
    Dataset<Row> mauve = people.withColumn("colour", functions.expr("if(x > 1, 'mauve', colour)"));
    assertThat(drift(mauve, champion, checks))
        .anyMatch(
            j ->
                j.name().equals("categories")
                    && j.status() == Status.FAILED
                    && j.column().equals(Optional.of("colour")));
  }

  private static List<Judgement> drift(Dataset<Row> rows, Champion champion, CheckSettings checks) {
    return DataChecks.check(
            rows, job("people", "mixed_people").data(), Optional.of(champion), List.of(), checks)
        .checks();
  }

  /**
   * b follows a: of sixteen combinations eight are there. A density must tell the others by how a
   * and b go together, since every value of each is as common as the others. Where b does not
   * follow a, there is nothing to tell.
   */
  @Tag("long")
  @Test
  void combinationsNeverSeenHaveHigherEnergy() {
    String rows =
        "select concat('a', id %% 4) as a, concat('b', (id %% 4 + %s) %% 4) as b from range(800)";
    SPARK.sql(rows.formatted("int(id / 4) % 2")).createOrReplaceTempView("dependent");
    SPARK.sql(rows.formatted("int(id / 4) % 4")).createOrReplaceTempView("independent");
    for (int seed = 0; seed < 3; seed++) {
      double[] dependent = gap("dependent", seed);
      double[] independent = gap("independent", seed);
      assertThat(dependent[0]).as("lowest unseen less highest seen").isPositive();
      assertThat(independent[0]).as("control").isNegative();
      assertThat(Math.abs(independent[1])).as("control").isLessThan(dependent[1] / 3);
    }
  }

  /** The lowest energy of a combination that b does not follow, less the highest of the others. */
  private static double[] gap(String table, int seed) {
    Model trained = train(table + seed, table, "training.steps=300", "training.seed=" + seed);
    Dataset<Row> all =
        SPARK.sql(
            "select concat('a', i.id) as a, concat('b', j.id) as b, (j.id - i.id + 4) % 4 < 2 as"
                + " seen from range(4) i cross join range(4) j");
    List<Double> seen = new ArrayList<>();
    List<Double> unseen = new ArrayList<>();
    try (TableScorer scorer = new TableScorer(SPARK, trained, scoring())) {
      for (Row row : scorer.score(all).collectAsList()) {
        (row.getBoolean(2) ? seen : unseen).add(row.getDouble(3));
      }
    }
    double highest = seen.stream().mapToDouble(e -> e).max().orElseThrow();
    double lowest = unseen.stream().mapToDouble(e -> e).min().orElseThrow();
    double mean =
        unseen.stream().mapToDouble(e -> e).average().orElseThrow()
            - seen.stream().mapToDouble(e -> e).average().orElseThrow();
    return new double[] {lowest - highest, mean};
  }
}
