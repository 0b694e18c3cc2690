package io.ebmspark.spark.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.spark.data.ConstantColumns;
import io.ebmspark.spark.data.DataSettings;
import io.ebmspark.spark.data.NumpyArchive;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The defaults on real tables: thirty nights with no alarm, and one night with each fault, all of
 * them found. The tables are ADBench's; {@code -Dadbench=FOLDER} says where.
 */
@Tag("benchmark")
class NightsBenchmark {
  private static final SparkSession SPARK = Sessions.shared();
  private static final int NIGHTS = 30;
  private static final int MOST_ROWS = 5_000;
  private static final DataSettings DATA =
      Sample.table("night").constant(ConstantColumns.DROP).settings();

  private final Random random = new Random(20_261_125);
  private double[][] table = {};
  private int size;
  private int widest;

  /** The champion's rows come first; nights share rows only if the table has too few. */
  private Dataset<Row> night(int number) {
    return frame(rows(number));
  }

  private double[][] rows(int number) {
    if ((NIGHTS + 1) * size <= table.length) {
      return Arrays.copyOfRange(table, number * size, (number + 1) * size);
    }
    if (number == 0) {
      return Arrays.copyOf(table, size);
    }
    List<double[]> others = new ArrayList<>(Arrays.asList(table).subList(size, table.length));
    Collections.shuffle(others, new Random(number));
    return others.subList(0, size).toArray(double[][]::new);
  }

  private static Dataset<Row> frame(double[][] rows) {
    StructType schema = new StructType();
    for (int i = 0; i < rows[0].length; i++) {
      schema = schema.add("c" + i, DataTypes.DoubleType);
    }
    List<Row> all = new ArrayList<>();
    for (double[] row : rows) {
      all.add(RowFactory.create(Arrays.stream(row).boxed().toArray()));
    }
    return SPARK.createDataFrame(all, schema).coalesce(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "11_donors",
        "16_http",
        "1_ALOI",
        "22_magic.gamma",
        "28_pendigits",
        "30_satellite",
        "32_shuttle",
        "34_smtp",
        "8_celeba",
        "26_optdigits",
        "24_mnist"
      })
  void healthyNightsPassAndFaultsAreFound(String name) {
    Path folder = Path.of(System.getProperty("adbench", "adbench"));
    double[][] rows = NumpyArchive.read(folder.resolve(name + ".npz"), "X");
    Collections.shuffle(Arrays.asList(rows), random);
    table = rows;
    size =
        Math.min(MOST_ROWS, Math.max(rows.length / (NIGHTS + 1), Math.min(1_500, rows.length / 4)));
    widest = widest();
    Champion champion = Champions.of(night(0), DATA);
    Map<String, Integer> alarms = new TreeMap<>();
    for (int number = 1; number <= NIGHTS; number++) {
      CheckResult result = check(night(number), champion);
      for (Judgement found : result.checks()) {
        if (found.status() == Status.WARNED || found.status() == Status.FAILED) {
          alarms.merge(found.name() + " " + found.status(), 1, Integer::sum);
          System.out.println("  night " + number + ": " + found.message());
        }
      }
    }
    Map<String, String> found = new LinkedHashMap<>();
    faults()
        .forEach((fault, made) -> found.put(fault, seen(check(made.apply(night(7)), champion))));
    found.put("slow drift", "night " + slowDrift(champion));
    System.out.printf(
        Locale.ROOT,
        "NIGHTS %s: %d rows of %d columns a night, alarms %s, faults %s%n",
        name,
        size,
        rows[0].length,
        alarms,
        found);
    assertThat(alarms).isEmpty();
    assertThat(found.values()).doesNotContain("nothing");
  }

  private static CheckResult check(Dataset<Row> rows, Champion champion) {
    return DataChecks.check(rows, DATA, Optional.of(champion), List.of(), CheckSettings.defaults());
  }

  private static String seen(CheckResult result) {
    List<String> failed =
        result.of(Status.FAILED).stream().map(Judgement::name).distinct().toList();
    List<String> warned =
        result.of(Status.WARNED).stream().map(Judgement::name).distinct().toList();
    if (failed.isEmpty() && warned.isEmpty()) {
      return "nothing";
    }
    return failed.isEmpty() ? "warned by " + warned : "stopped by " + failed;
  }

  /** The column with the most distinct values on the first night. */
  private int widest() {
    int best = 0;
    long most = -1;
    for (int i = 0; i < table[0].length; i++) {
      int column = i;
      long different =
          Arrays.stream(table).limit(size).mapToDouble(row -> row[column]).distinct().count();
      if (different > most) {
        most = different;
        best = i;
      }
    }
    return best;
  }

  private double deviation() {
    double[] values = Arrays.stream(table).limit(size).mapToDouble(row -> row[widest]).toArray();
    double mean = Arrays.stream(values).average().orElseThrow();
    return Math.sqrt(
        Arrays.stream(values).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
  }

  private Map<String, Function<Dataset<Row>, Dataset<Row>>> faults() {
    String column = "c" + widest;
    double deviation = deviation();
    Map<String, Function<Dataset<Row>, Dataset<Row>>> faults = new LinkedHashMap<>();
    faults.put("schema", rows -> rows.withColumnRenamed(column, "renamed"));
    faults.put("units", with(column, column + " * 1000"));
    faults.put("half the rows", rows -> rows.where("rand(1) < .5"));
    faults.put("half twice", rows -> rows.union(rows.where("rand(1) < .5")));
    faults.put("jump", with(column, column + " + 2 * " + deviation));
    faults.put("nulls", with(column, "if(rand(1) < .2, null, " + column + ")"));
    faults.put("constant", with(column, "7D"));
    faults.put("new value", with(column, "if(rand(1) < .1, -12345D, " + column + ")"));
    faults.put("poisoned rows", this::poisoned);
    return faults;
  }

  private static Function<Dataset<Row>, Dataset<Row>> with(String column, String sql) {
    return rows -> rows.withColumn(column, functions.expr(sql));
  }

  /** A tenth of the rows is noise over twice the range of each column. */
  private Dataset<Row> poisoned(Dataset<Row> healthy) {
    double[][] night = Arrays.stream(rows(7)).map(double[]::clone).toArray(double[][]::new);
    for (int i = 0; i < size / 10; i++) {
      for (int c = 0; c < night[i].length; c++) {
        int column = c;
        double low = Arrays.stream(table).limit(size).mapToDouble(r -> r[column]).min().orElse(0);
        double high = Arrays.stream(table).limit(size).mapToDouble(r -> r[column]).max().orElse(0);
        night[i][c] = (low + high) / 2 + (high - low) * 2 * (random.nextDouble() - .5);
      }
    }
    return frame(night);
  }

  private int slowDrift(Champion champion) {
    String column = "c" + widest;
    for (int number = 1; number <= NIGHTS; number += 2) {
      String sql = column + " + " + .05 * number * deviation();
      if (!seen(check(with(column, sql).apply(night(number)), champion)).equals("nothing")) {
        return number;
      }
    }
    return -1;
  }
}
