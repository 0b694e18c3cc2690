package io.ebmspark.spark.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.RowBlock;
import io.ebmspark.spark.data.ConstantColumns;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.FeatureSettings;
import io.ebmspark.spark.model.HeldOutRows;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelConfig;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTableTest {
  private static final SparkSession SPARK = Sessions.shared();
  private static final FeatureScaling UNITS = GaussianModels.units(500, 0, 100, 1);
  private static final Model MODEL = GaussianModels.of(new double[][] {{1, 0}, {0, 1}}, UNITS);
  private static final SourceSettings OTHER = Sample.table("others").settings().source();

  private static Dataset<Row> table() {
    return SPARK
        .range(1_000)
        .selectExpr(
            "double(id) as c0",
            "double(id % 7) as c1",
            "int(id % 10 = 0) as odd",
            "if(id % 10 = 0, 'fraud', 'fine') as kind");
  }

  private static EvaluationTable take(Dataset<Row> table, String label, int most) {
    return EvaluationTable.of(
        table,
        OTHER,
        MODEL,
        new EvaluationTable.Choice(Optional.ofNullable(label), MissingValues.ERROR, true, most));
  }

  @Test
  void rowsAreTakenByContentWhateverTheOrderAndTheParts() {
    EvaluationTable one = take(table().coalesce(1), "odd", 50);
    EvaluationTable many = take(table().repartition(3), "kind = 'fraud'", 50);
    assertThat(many.rows().usual()).isEqualTo(one.rows().usual());
    assertThat(many.rows().anomalies()).isEqualTo(one.rows().anomalies());
    assertThat(one.rows().count()).isEqualTo(50);
    assertThat(one.rows().anomalies()).hasSize(100);
    assertThat(one.read()).isEqualTo(1_000);
    assertThat(one.notices()).isEmpty();
    Set<Float> chosen = new HashSet<>();
    double sum = 0;
    for (int i = 0; i < one.rows().usual().length; i += 2) {
      chosen.add(one.rows().usual()[i]);
      sum += one.rows().usual()[i];
      assertThat(Math.round(one.rows().usual()[i] * 100 + 500) % 10).isNotZero();
    }
    assertThat(chosen).hasSize(50);
    // Of uniforms in ±5 a mean of fifty has a deviation of .41.
    assertThat(sum / 50).isBetween(-1.7, 1.7);
    // If more are asked for than there are, all of them.
    assertThat(take(table(), "odd", 100_000).rows().count()).isEqualTo(900);
    assertThat(take(table(), null, 100_000).rows().count()).isEqualTo(1_000);
  }

  /** As where a table has no such day: Spark reads it in no partitions. */
  @Test
  void ofNoRowsNoneIsLeft(@TempDir Path folder) {
    String path = folder.resolve("days").toString();
    table().withColumn("day", functions.lit(1)).write().partitionBy("day").parquet(path);
    Dataset<Row> none = SPARK.read().parquet(path).where("day = 5");
    assertThat(none.rdd().getNumPartitions()).isZero();
    for (Dataset<Row> rows : List.of(none, table().where("c0 < 0"))) {
      assertThatThrownBy(() -> take(rows, null, 50))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("no usual row of ")
          .hasMessageEndingWith("correct source.where or label");
    }
  }

  @Test
  void rowsOfTheTrainingTableAreSaidToBe() {
    EvaluationTable found =
        EvaluationTable.of(
            table(),
            MODEL.config().data().source(),
            MODEL,
            new EvaluationTable.Choice(Optional.empty(), MissingValues.ERROR, true, 50));
    assertThat(found.notices()).anyMatch(notice -> notice.contains("optimistic"));
  }

  /** The rows that the training table holds out, and all rows that its filter excluded. */
  @Test
  void ofTheTrainingTableOnlyRowsNotTrainedOnAreTaken() {
    Dataset<Row> table = table().selectExpr("c0", "c1", "odd");
    DataSettings data = Sample.table("trained_on").where("odd = 0").exclude("odd").settings();
    try (ShardedTable trained = ShardedTable.of(table.where("odd = 0"), data, 3)) {
      Set<Double> heldOut = new HashSet<>();
      for (RowBlock block : trained.heldOut().collect()) {
        for (int i = 0; i < block.values().length; i += 2) {
          heldOut.add((double) Math.round(trained.scaling().toTable(0, block.values()[i])));
        }
      }
      assertThat(heldOut).hasSizeBetween(60, 125);
      Model model = heldOut(data, trained.heldOutShare());
      EvaluationTable found =
          EvaluationTable.of(
              table,
              model.config().data().source(),
              model,
              new EvaluationTable.Choice(Optional.of("odd"), MissingValues.ERROR, true, 100_000));
      Set<Double> taken = new HashSet<>();
      for (int i = 0; i < found.rows().usual().length; i += 2) {
        taken.add((double) Math.round(UNITS.toTable(0, found.rows().usual()[i])));
      }
      assertThat(taken).isEqualTo(heldOut);
      assertThat(found.rows().anomalies()).hasSize(200);
      assertThat(found.trainedOn()).isEqualTo(900L - heldOut.size());
      assertThat(found.notices())
          .containsExactly(
              "evaluated on rows held out from training; "
                  + (900 - heldOut.size())
                  + " rows the model was trained on are left out");
      // The label's only row was trained on, and is not missing from the table.
      double trainedOn =
          DoubleStream.iterate(1, i -> i + 1)
              .filter(i -> !heldOut.contains(i))
              .findFirst()
              .orElseThrow();
      EvaluationTable one =
          EvaluationTable.of(
              table,
              model.config().data().source(),
              model,
              new EvaluationTable.Choice(
                  Optional.of("c0 = " + trainedOn), MissingValues.ERROR, true, 100_000));
      assertThat(one.notices())
          .anyMatch(notice -> notice.startsWith("no row held out from training has label c0"));
    }
  }

  /** Their values helped decide which rows were held out. */
  @Test
  void whereConstantColumnsWereDroppedItIsNotKnownWhatWasHeldOut() {
    Dataset<Row> table = table().selectExpr("c0", "c1", "1 as c2");
    DataSettings data = Sample.table("trained_on").constant(ConstantColumns.DROP).settings();
    try (ShardedTable trained = ShardedTable.of(table, data, 3)) {
      FeatureSettings features = FeatureSettings.of(trained, MissingValues.ERROR);
      assertThat(features.tellHeldOut()).isFalse();
      Model model = heldOut(data, trained.heldOutShare(), features);
      EvaluationTable found =
          EvaluationTable.of(
              table,
              data.source(),
              model,
              new EvaluationTable.Choice(Optional.empty(), MissingValues.ERROR, true, 100_000));
      assertThat(found.rows().count()).isEqualTo(1_000);
      assertThat(found.notices())
          .anyMatch(text -> text.contains("left out columns whose values decided which"));
    }
  }

  private static Model heldOut(DataSettings data, double share) {
    return heldOut(data, share, MODEL.config().features());
  }

  private static Model heldOut(DataSettings data, double share, FeatureSettings features) {
    ModelConfig config = MODEL.config();
    return new Model(
        new ModelConfig(
            config.format(),
            config.energy(),
            config.shape(),
            features,
            config.temperature(),
            config.training(),
            config.sampling(),
            data,
            config.provenance(),
            config.percentiles(),
            "",
            Optional.of(new HeldOutRows(1, share, "")),
            Optional.empty()),
        MODEL.parameters());
  }

  @Test
  void missingNumbersAreRefusedDroppedOrFilled() {
    Dataset<Row> holes = table().selectExpr("if(c0 = 3, null, c0) as c0", "c1");
    assertThatThrownBy(() -> take(holes, null, 10))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "a row has a missing value in c0; leave such rows out (source.where, or a filter of the"
                + " DataFrame), or set missing to drop or mean");
    EvaluationTable dropped =
        EvaluationTable.of(
            holes,
            OTHER,
            MODEL,
            new EvaluationTable.Choice(Optional.empty(), MissingValues.DROP, true, 2_000));
    assertThat(dropped.rows().count()).isEqualTo(999);
    assertThat(dropped.notices()).containsExactly("1 row left out for missing values");
    EvaluationTable.Choice complete =
        new EvaluationTable.Choice(Optional.empty(), MissingValues.DROP, true, 2_000);
    assertThatThrownBy(() -> EvaluationTable.of(holes.where("c0 is null"), OTHER, MODEL, complete))
        .isInstanceOf(DataException.class)
        .hasMessageEndingWith("on: 1 row left out for missing values need missing: mean");
    EvaluationTable filled =
        EvaluationTable.of(
            holes,
            OTHER,
            MODEL,
            new EvaluationTable.Choice(Optional.empty(), MissingValues.MEAN, true, 2_000));
    assertThat(filled.rows().count()).isEqualTo(1_000);
  }

  @Test
  void badLabelsAreNamedWithWhatToWrite() {
    assertThatThrownBy(() -> take(table(), "kind", 10))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("\"kind = 'fraud'\"");
    assertThatThrownBy(() -> take(table(), "odds", 10))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("odds (is it odd?)");
    for (String none : List.of("sum(odd)", "explode(array(odd, odd))", "odd = =")) {
      assertThatThrownBy(() -> take(table(), none, 10))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("label names neither a column nor an expression of one");
    }
    assertThatThrownBy(() -> take(table(), "c1", 10))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it must be 1 or true");
    assertThatThrownBy(() -> take(table(), "true", 10))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no usual row")
        .hasMessageContaining("to evaluate on: the label makes anomalies of all others");
    assertThat(take(table(), "false", 10).notices())
        .containsExactly("no row has label false; corrupted rows are ranked");
  }
}
