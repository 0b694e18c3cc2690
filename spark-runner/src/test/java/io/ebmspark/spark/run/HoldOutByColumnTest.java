package io.ebmspark.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.training.ValidationSettings;
import io.ebmspark.spark.Phases;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.HoldOutSettings;
import io.ebmspark.spark.data.MissingValues;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.features.HeldOutColumn;
import io.ebmspark.spark.data.shards.ShardRule;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.evaluate.EvaluationTable;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows held out by the day they are of, from training to evaluation. */
class HoldOutByColumnTest {
  private static final SparkSession SPARK = Sessions.shared();
  private static final int LATE = 160;
  @TempDir static Path folder;

  /** 400 days; x is a row's number, so that every row can be told. */
  @BeforeAll
  static void days() {
    SPARK
        .sql(
            "select date_add(date '2023-01-01', int(id)) as day, double(id) as x, double(id % 7) as y"
                + " from range(400)")
        .createOrReplaceTempView("days");
  }

  private static TrainJob job(String holdOut) {
    return SettingsBinder.bind(
        SettingsTree.parse(
            "job",
            """
            data: {source: {table: days}, holdOut: %s}
            energy: {kind: mlp, hidden: [8]}
            training: {objective: {kind: denoising-score-matching, noise: 0.5}, steps: 5, shards: 3}
            output: {model: %s, overwrite: true}
            """
                .formatted(holdOut, folder.resolve("model"))),
        TrainJob.class);
  }

  private static ShardedTable load(String holdOut, int files) {
    return ShardedTable.of(
        SPARK.table("days").repartition(files),
        job(holdOut).data(),
        ShardRule.of(3),
        Optional.of(
            SettingsBinder.bind(
                SettingsTree.parse("v", "{fraction: 0.2}"), ValidationSettings.class)),
        Optional.empty(),
        Phases.silent());
  }

  /** The days of packed rows, as numbers from 0. */
  private static List<Long> numbers(ShardedTable table, JavaRDD<RowBlock> blocks) {
    List<Long> days = new ArrayList<>();
    for (RowBlock block : blocks.collect()) {
      for (int i = 0; i < block.values().length; i += 2) {
        days.add(Math.round(table.scaling().toTable(0, block.values()[i])));
      }
    }
    return days;
  }

  @Test
  void rowsFromADayOnAreHeldOutAndAllBeforeAreTrainedOn() {
    try (ShardedTable table = load("{column: day, from: '2023-08-29'}", 1)) {
      List<Long> held = numbers(table, table.heldOut());
      List<Long> trained = numbers(table, table.shards());
      List<Long> validation = numbers(table, table.validation());
      assertThat(held).hasSize(LATE).allMatch(day -> day >= 400 - LATE);
      assertThat(validation).hasSizeBetween(25, 75).allMatch(day -> day < 400 - LATE);
      Set<Long> all = new HashSet<>(held);
      all.addAll(trained);
      all.addAll(validation);
      assertThat(all).hasSize(400);
      assertThat(trained).hasSize(400 - LATE - validation.size());
      // Means are of the rows before that day.
      assertThat(table.means()[0]).isCloseTo((400 - LATE - 1) / 2.0, within(1e-9));
      assertThat(table.notices())
          .anyMatch(
              each -> each.startsWith("160 of 400 rows, from 2023-08-29 on in day, are held"));
      try (ShardedTable cut = load("{column: day, from: '2023-08-29'}", 5)) {
        assertThat(numbers(cut, cut.heldOut())).isEqualTo(held);
        assertThat(numbers(cut, cut.shards())).isEqualTo(trained);
      }
    }
    // The control: by their content, rows of all days are held out.
    try (ShardedTable table = load("{fraction: 0.4}", 1)) {
      assertThat(numbers(table, table.heldOut())).anyMatch(day -> day < 400 - LATE);
    }
  }

  /** More than the most are neither held out nor trained on. */
  @Test
  void noMoreThanTheMostAreHeldOut() {
    try (ShardedTable table = load("{column: day, from: '2023-08-29', most: 40}", 1)) {
      List<Long> held = numbers(table, table.heldOut());
      assertThat(held).hasSizeBetween(20, 40).allMatch(day -> day >= 400 - LATE);
      assertThat(numbers(table, table.shards())).allMatch(day -> day < 400 - LATE);
      assertThat(table.notices())
          .contains(
              (LATE - held.size())
                  + " more rows from 2023-08-29 on in day are not used, beyond data.holdOut.most");
    }
  }

  @Test
  void theModelIsCalibratedAndEvaluatedOnTheSameRows() {
    TrainJob job = job("{column: day, from: '2023-08-29'}");
    new TrainingRun(SPARK, job, RunListener.SILENT).train(() -> false);
    Model model = new ModelFolder(folder.resolve("model").toString(), new Configuration()).read();
    assertThat(model.calibration().orElseThrow().rows()).isEqualTo(LATE);
    assertThat(model.config().data().holdOut()).isEqualTo(job.data().holdOut());
    EvaluationTable found =
        EvaluationTable.of(
            SPARK.table("days"),
            job.data().source(),
            model,
            new EvaluationTable.Choice(Optional.empty(), MissingValues.ERROR, true, 1_000));
    assertThat(found.rows().count()).isEqualTo(LATE);
    assertThat(found.trainedOn()).isEqualTo(400 - LATE);
    for (int i = 0; i < found.rows().usual().length; i += 2) {
      assertThat(Math.round(found.rows().units().toTable(0, found.rows().usual()[i])))
          .isGreaterThanOrEqualTo(400 - LATE);
    }
  }

  @Test
  void numbersDoAsWell() {
    try (ShardedTable table = load("{column: x, from: '300'}", 1)) {
      assertThat(numbers(table, table.heldOut())).hasSize(100).allMatch(day -> day >= 300);
    }
  }

  /** What Spark passes over where it reads a time, and what is another time tomorrow. */
  @Test
  void aTimeThatIsMoreOrLessThanTheColumnHoldsIsRefused() {
    refused("{column: day, from: 'yesterday'}", "is no date or time written out, such as");
    refused(
        "{column: day, from: '2023-08-29 05:00'}",
        "data.holdOut.from is '2023-08-29 05:00', which has a time of day, and column day holds"
            + " dates; correct it");
    Dataset<Row> times =
        SPARK.sql(
            "select cast(day as timestamp_ntz) as local, timestamp(day) as instant, x from days");
    HoldOutSettings inAZone =
        job("{column: local, from: '2023-08-29T05:00:00+02:00'}").data().holdOut();
    assertThatThrownBy(() -> HeldOutColumn.of(times, inAZone))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has a time zone, and column local holds times without one");
    for (String fine :
        List.of(
            "{column: local, from: '2023-08-29T05:00'}",
            "{column: instant, from: '2023-08-29T05:00:00+02:00'}",
            "{column: instant, from: '2023-08-29'}")) {
      assertThat(times.where(HeldOutColumn.of(times, job(fine).data().holdOut())).count())
          .isBetween(159L, 160L);
    }
  }

  @Test
  void mistakesAreOneSentence() {
    refused(
        "{column: date, from: '2023-08-29'}", "names a column that the table does not have: date");
    refused(
        "{column: day, from: soon}",
        "data.holdOut.from is 'soon', which is no date as column day holds; correct it");
    refused(
        "{column: day, from: '2025-01-01'}",
        "no row is from 2025-01-01 on in day, to be held out; set an earlier data.holdOut.from");
    refused(
        "{column: day, from: '2020-01-01'}",
        "every row is from 2020-01-01 on in day, to be held out; set a later data.holdOut.from");
    assertThatThrownBy(() -> job("{column: day}"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("from is missing: rows are held out from there on");
    SPARK
        .sql("select if(x = 3, null, day) as day, x, y, 'a' as z from days")
        .createOrReplaceTempView("gaps");
    TrainJob gaps =
        SettingsBinder.bind(
            SettingsTree.parse(
                "job",
                "data: {source: {table: gaps}, holdOut: {column: day, from: '2023-08-29'}}\noutput:"
                    + " {model: m}"),
            TrainJob.class);
    assertThatThrownBy(() -> ShardedTable.of(SPARK.table("gaps"), gaps.data(), 1).close())
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "1 of 400 rows have no value in data.holdOut.column day; leave such rows out"
                + " (source.where, or a filter of the DataFrame)");
    SPARK
        .sql("select if(x < 20, float('NaN'), float(x)) as day, x, y from days")
        .createOrReplaceTempView("unnumbered");
    assertThatThrownBy(
            () ->
                ShardedTable.of(
                        SPARK.table("unnumbered"), job("{column: day, from: '360'}").data(), 1)
                    .close())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("20 of 400 rows have no value in data.holdOut.column day");
    assertThatThrownBy(
            () ->
                ShardedTable.of(
                        SPARK.table("unnumbered"), job("{column: day, from: 'NaN'}").data(), 1)
                    .close())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data.holdOut.from is 'NaN', which is no float");
    assertThatThrownBy(
            () ->
                ShardedTable.of(
                        SPARK
                            .table("gaps")
                            .withColumnRenamed("z", "day2")
                            .drop("day")
                            .withColumnRenamed("day2", "day"),
                        gaps.data(),
                        1)
                    .close())
        .hasMessageContaining(
            "data.holdOut.column day is string; give a column of dates, times or numbers");
  }

  private static void refused(String holdOut, String why) {
    assertThatThrownBy(() -> load(holdOut, 1).close())
        .isInstanceOf(DataException.class)
        .hasMessageContaining(why)
        .hasMessageNotContaining("to average"); // nothing is, where no row is trained on
  }
}
