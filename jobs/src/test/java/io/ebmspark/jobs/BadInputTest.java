package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.energy.AnalyticEnergy;
import io.ebmspark.core.engine.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad settings, data, models and paths: each with its exit code and a message to act on. */
class BadInputTest {
  private static final int SETTINGS = 2;
  private static final int DATA = 3;
  private static final int DIVERGED = 4;

  private static final String JOB =
      """
      data:
        source: {path: rows.csv, format: csv}
        missing: error
      energy: {kind: mlp, hidden: [8]}
      training:
        objective: {kind: denoising-score-matching}
        steps: 5
        batchSize: 8
      output: {model: new-model}
      """;

  private static SparkSession spark;
  @TempDir static Path folder;

  /** One number too few. */
  public record WrongShape() implements AnalyticEnergy {
    @Override
    public Tensor energy(Tensor x) {
      return x.square();
    }
  }

  /** Not a number. */
  public record NotFinite() implements AnalyticEnergy {
    @Override
    public Tensor energy(Tensor x) {
      return x.abs().neg().log().sumPerRow();
    }
  }

  /** Not differentiable. */
  public record Detached() implements AnalyticEnergy {
    @Override
    public Tensor energy(Tensor x) {
      return x.detach().square().sumPerRow();
    }
  }

  /** A row's energy depends on the other rows. */
  public record Coupled() implements AnalyticEnergy {
    @Override
    public Tensor energy(Tensor x) {
      return x.sub(x.mean()).square().sumPerRow();
    }
  }

  /** Its jar came without another that it needs. */
  public record Lacking() implements AnalyticEnergy {
    @Override
    public Tensor energy(Tensor x) {
      throw new NoClassDefFoundError("com/acme/Missing");
    }
  }

  @BeforeAll
  static void prepare() throws IOException {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("bad input")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
            .getOrCreate();
    spark.sparkContext().setLogLevel("OFF");
    StringBuilder rows = new StringBuilder("a,b\n");
    for (int i = 0; i < 40; i++) {
      rows.append(Math.sin(i)).append(',').append(Math.cos(2 * i)).append('\n');
    }
    write("rows.csv", rows.toString());
    write("text.csv", "a,b\n1,x\n2,y\n");
    write("nulls.csv", "a,b\n1,2\n,3\n4,\n5,6\n");
    write("nan.csv", "a,b\n1,2\n2,NaN\n3,4\n");
    write("constant.csv", "a,b\n1,7\n2,7\n3,7\n");
    write("half.csv", "a,b\n1,2\n2,NA\n3,4\n5,9\n");
    write("one.csv", "a,b\n1,2\n");
    write("header.csv", "a,b\n");
    write("energy.csv", "a,b,energy\n1,2,3\n");
    write("arrays.json", "{\"p\":[1,2]}\n{\"p\":[1,2,3]}\n{\"p\":[4,5]}\n");
    write("mixed.json", "{\"p\":[1,2],\"a\":1}\n{\"p\":[3,4],\"a\":2}\n");
    write("job.yaml", JOB);
    write("broken.yaml", "data: [1, 2\nenergy: 3\n");
    write("twice.yaml", "data: {}\ndata: {}\n");
    write("tagged.yaml", "data: !!java.net.URL ['http://localhost']\n");
    Files.writeString(
        folder.resolve("latin.yaml"), "\noutput: {model: größe}", StandardCharsets.ISO_8859_1);
    Files.writeString(folder.resolve("utf16.yaml"), JOB, StandardCharsets.UTF_16);
    write("a-file", "x");
    write("full/notes.txt", "x");
    write("foreign/rows.csv", "a,b\n1,2\n");
    spark.range(3).write().parquet(path("spark-table"));
    assertThat(run("train", path("job.yaml"), set("output.model=" + path("model"))).code).isZero();
    copyModel("no-config", "config.json", null);
    copyModel("cut-config", "config.json", "{\"format\": \"ebm");
    copyModel("other-format", "config.json", config().replace("ebm-on-spark/1", "other/9"));
    copyModel("more-config", "config.json", config().replaceFirst("\\{", "{\"sideEffect\": 1, "));
    copyModel("no-weights", "model.safetensors", null);
    copyModel("cut-weights", "model.safetensors", "short");
    Path changed = copyModel("changed-weights", "job.yaml", "");
    byte[] weights = Files.readAllBytes(changed.resolve("model.safetensors"));
    weights[weights.length - 1] ^= 1;
    Files.write(changed.resolve("model.safetensors"), weights);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  static Stream<Arguments> cases() {
    List<Arguments> all = new ArrayList<>();
    // The command line.
    add(all, SETTINGS, "Unmatched argument", "trian");
    add(all, SETTINGS, "Unknown option", "train", "--sett", "a=b");
    add(all, SETTINGS, "there is no such job file", "train", path("nowhere.yaml"));
    add(all, SETTINGS, ": is a folder, and no job file; where a model is", "score", path("model"));
    add(all, SETTINGS, "one of them is missing", "list", "then");
    add(
        all,
        DATA,
        "ebm: score was not run",
        Stream.of(train("data.source.path=" + path("none.csv")), new String[] {"then"}, score("m"))
            .flatMap(Stream::of)
            .toArray(String[]::new));
    add(all, SETTINGS, "has a ':'", "train", path("job:1.yaml"));
    add(all, SETTINGS, "must look like path.to.setting=value", train("training.steps"));
    // The job file.
    add(all, SETTINGS, "broken.yaml:", "train", path("broken.yaml"));
    add(all, SETTINGS, "is set twice", "train", path("twice.yaml"));
    add(all, SETTINGS, "tag is not allowed", "train", path("tagged.yaml"));
    add(all, SETTINGS, "latin.yaml:2: is not UTF-8", "train", path("latin.yaml"));
    add(all, SETTINGS, "utf16.yaml:1: is not UTF-8", "train", path("utf16.yaml"));
    add(all, SETTINGS, "data is missing", "train");
    add(all, SETTINGS, "did you mean 'steps'?", train("training.stpes=3"));
    add(all, SETTINGS, "training.steps must be positive, got 0", train("training.steps=0"));
    add(all, SETTINGS, "expects a whole number, got 'many'", train("training.batchSize=many"));
    add(all, SETTINGS, "did you mean 'mlp'?", train("energy.kind=mpl"));
    add(all, SETTINGS, "not on the class path", train("energy={class: com.acme.Nope}"));
    add(all, SETTINGS, "does not implement", train("energy={class: java.lang.String}"));
    add(all, 1, "ebm: NoClassDefFoundError: com/acme/Missing", train(own(Lacking.class)));
    add(all, SETTINGS, "needs either a kind or a class", train("energy={}"));
    add(
        all,
        SETTINGS,
        "symmetric and positive definite",
        train("energy={kind: gaussian, mean: [0, 0], covariance: [[1, 1], [1, 1]]}"));
    add(all, SETTINGS, "fewer than batchSize", train(pcd(4)));
    add(all, SETTINGS, "must be in [0, 1), got 1.0", train("training.averageDecay=1"));
    add(all, SETTINGS, "path and table are both given", train("data.source.table=t"));
    add(
        all,
        SETTINGS,
        "has temperature 0.25",
        train("sampling={sampler: {kind: langevin, noiseScale: 0.5}}"));
    add(
        all,
        SETTINGS,
        "takes rows of shape [channels, height, width]",
        train("energy={kind: conv}"));
    add(all, SETTINGS, "an mlp takes rows of one axis", train("data.shape=[1, 2]"));
    // Custom energies.
    add(all, SETTINGS, "must return one number per row", train(own(WrongShape.class)));
    add(all, SETTINGS, "is NaN on a row", train(own(NotFinite.class)));
    add(all, SETTINGS, "is not differentiable", train(own(Detached.class)));
    add(all, SETTINGS, "rows of a batch affect each other", train(own(Coupled.class)));
    // Data.
    add(all, DATA, "does not exist", train(source("nowhere.csv", "csv")));
    add(all, DATA, "cannot be read as parquet", train(source("rows.csv", "parquet")));
    add(all, DATA, "unknown to Spark", train(source("rows.csv", "xyz")));
    add(all, DATA, "not in Spark's catalog", train("data.source={table: nowhere}"));
    add(all, DATA, "is not a condition", train("data.source.where=c > 1"));
    add(all, DATA, "0 rows", train("data.source.where=a > 100"));
    add(
        all,
        DATA,
        "feature a has no value in any row",
        train(source("header.csv", "csv"), "data.features=[a]"));
    add(all, DATA, "source.options: {nullValue: NA}", train(source("half.csv", "csv")));
    add(all, DATA, "neither a column", train("data.features=[log(c), a]"));
    add(all, DATA, "1 row", train(source("one.csv", "csv")));
    add(all, DATA, "is it a?", train("data.features=[aa]"));
    add(
        all,
        DATA,
        "b is string, and data.columns says it is a number",
        train(source("text.csv", "csv"), "data.columns={b: {as: number}}"));
    add(all, DATA, "2 of 4 rows hold nulls", train(source("nulls.csv", "csv")));
    add(all, DATA, "1 of 3 rows hold nulls", train(source("nan.csv", "csv")));
    add(
        all,
        DATA,
        "one value only",
        train(source("constant.csv", "csv"), "data.constantColumns=error"));
    add(
        all,
        DATA,
        "every feature holds one value only",
        train(source("constant.csv", "csv"), "data.features=[b]"));
    add(
        all,
        DATA,
        "1 of 3 rows hold arrays of length 3 in p, not 2",
        train(source("arrays.json", "json"), "data.features=[p]", "data.shape=[2]"));
    add(all, DATA, "array", train(source("mixed.json", "json"), "data.features=[p, a]"));
    add(all, DATA, "outside data.range", train("data.scaling=range", "data.range=[0, 0.5]"));
    add(all, DATA, "data.shape [3] holds 3 values", train("data.shape=[3]"));
    // Divergence.
    add(
        all,
        DIVERGED,
        "; try a lower training.learningRate",
        train("training.optimizer={kind: sgd}", "training.learningRate=1e30", "training.steps=50"));
    // Where models are written.
    add(all, SETTINGS, "holds a model already", train("output.model=" + path("model")));
    add(all, SETTINGS, "is a file", train("output.model=" + path("a-file")));
    add(all, SETTINGS, "holds files other than a model", train("output.model=" + path("full")));
    add(all, SETTINGS, "no file system 'nosuch'", train("output.model=nosuch://x/y"));
    add(all, SETTINGS, "has a ':' that does not end", train("output.model=" + path("a:b")));
    add(all, SETTINGS, "has a ':' that does not end", train("output.model=a:b"));
    add(all, SETTINGS, "is the root of its file system", train("output.model=/"));
    add(all, SETTINGS, "holds data.source.path", train("output.model=" + path("")));
    add(all, SETTINGS, "is data.source.path", train("output.model=" + path("rows.csv")));
    add(
        all,
        SETTINGS,
        "lies in data.source.path",
        train("data.source.path=" + path(""), "output.model=" + path("within")));
    add(
        all,
        SETTINGS,
        "is data.source.path",
        train("data.source.path=" + path("{rows,o*r}.csv"), "output.model=" + path("other.csv")));
    // Where models are read.
    add(all, SETTINGS, "there is no model at", score("nowhere"));
    add(all, SETTINGS, "is not a model folder: it has no config.json", score("full"));
    add(all, SETTINGS, "is not a model folder: it has no config.json", score("no-config"));
    add(all, SETTINGS, "is not YAML", score("cut-config"));
    add(all, SETTINGS, "is 'other/9'; this version reads", score("other-format"));
    add(all, SETTINGS, "sideEffect is an unknown key", score("more-config"));
    add(all, SETTINGS, "has no model.safetensors", score("no-weights"));
    add(all, SETTINGS, "truncated", score("cut-weights"));
    add(all, SETTINGS, "their checksums differ", score("changed-weights"));
    add(all, SETTINGS, "has no config.json", "describe", path("full"));
    // Scoring and sampling.
    add(
        all,
        DATA,
        "lacks a column the model was trained on: b",
        scoreRows("{path: text.csv}", "a"));
    add(all, DATA, "has a column 'energy' already", scoreFile("energy.csv"));
    add(all, DATA, "nulls.csv) has a missing value in a", scoreFile("nulls.csv"));
    add(all, DATA, "column b holds 'x', which is no double", scoreFile("text.csv"));
    add(all, SETTINGS, "is a file", output("a-file"));
    add(all, SETTINGS, "exists already", output("full"));
    add(all, SETTINGS, "holds 'notes.txt' that this program", replacing("full"));
    add(all, SETTINGS, "holds 'rows.csv'", replacing("foreign"));
    add(all, SETTINGS, "table that this program did not write", replacing("spark-table"));
    add(all, SETTINGS, "output.path " + path("model") + " is model", replacing("model"));
    add(all, SETTINGS, "lies in model", replacing("model/scored"));
    add(all, SETTINGS, "is source.path", replacing("rows.csv"));
    add(all, SETTINGS, "holds model", replacing(""));
    add(all, SETTINGS, "has a ':'", output("a:b"));
    add(all, SETTINGS, "'nosuch' with its options cannot hold these rows", format("nosuch"));
    add(all, SETTINGS, "cannot hold these rows", options("{compression: nosuch}"));
    add(all, SETTINGS, "no file system 'nosuch'", "describe", "nosuch://x/y");
    add(
        all,
        SETTINGS,
        "has temperature 4.0",
        sample("sampling={sampler: {kind: langevin, noiseScale: 2}}"));
    add(all, SETTINGS, "rows must be positive, got 0", sample("rows=0"));
    add(
        all,
        DIVERGED,
        "; try smaller steps in sampling.sampler, or fewer sampling.steps",
        sample("sampling={sampler: {kind: langevin, stepSize: 3e38}}"));
    return all.stream();
  }

  @ParameterizedTest(name = "{1} {0}")
  @MethodSource("cases")
  void isRefusedWithACodeAndAMessage(int code, String message, List<String> arguments)
      throws IOException {
    String before = Files.readString(folder.resolve("model/config.json"));
    Result result = run(arguments.toArray(String[]::new));
    assertThat(result.err).contains(message);
    assertThat(result.code).isEqualTo(code);
    assertThat(result.err).doesNotContain("\tat ").doesNotContain("Exception");
    assertThat(result.err.lines().filter(line -> !line.isBlank()).count()).isLessThan(8);
    assertThat(folder.resolve("new-model")).doesNotExist();
    assertThat(folder.resolve("scored")).doesNotExist();
    assertThat(Files.readString(folder.resolve("model/config.json"))).isEqualTo(before);
    assertThat(Files.readString(folder.resolve("a-file"))).isEqualTo("x");
  }

  private static void add(List<Arguments> all, int code, String message, String... arguments) {
    all.add(Arguments.of(code, message, List.of(arguments)));
  }

  private static String[] train(String... settings) {
    List<String> arguments =
        new ArrayList<>(
            List.of("train", path("job.yaml"), set("output.model=" + path("new-model"))));
    arguments.add(set("data.source.path=" + path("rows.csv")));
    for (String setting : settings) {
      if (setting.startsWith("data.source={table")) {
        arguments.remove(arguments.size() - 1);
      }
      arguments.add(set(setting));
    }
    return arguments.toArray(String[]::new);
  }

  private static String source(String file, String format) {
    return "data.source={path: " + path(file) + ", format: " + format + "}";
  }

  private static String own(Class<?> energy) {
    return "energy={class: " + energy.getName() + "}";
  }

  private static String pcd(int size) {
    return "training.objective={kind: persistent-contrastive-divergence, buffer: {size: "
        + size
        + "}}";
  }

  private static String[] score(String model) {
    return scoring(model, "{path: " + path("rows.csv") + ", format: csv}", path("scored"));
  }

  private static String[] scoreFile(String file) {
    return scoring("model", "{path: " + path(file) + ", format: csv}", path("scored"));
  }

  private static String[] scoreRows(String ignored, String column) {
    spark.range(3).withColumnRenamed("id", column).createOrReplaceTempView("narrow");
    return scoring("model", "{table: narrow}", path("scored"));
  }

  private static String[] output(String file) {
    return scoring("model", "{path: " + path("rows.csv") + ", format: csv}", path(file));
  }

  private static String[] replacing(String file) {
    return with(output(file), "output.overwrite=true");
  }

  private static String[] format(String format) {
    return with(score("model"), "output.format=" + format);
  }

  private static String[] options(String options) {
    return with(score("model"), "output.options=" + options);
  }

  private static String[] with(String[] command, String setting) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.add(set(setting));
    return arguments.toArray(String[]::new);
  }

  private static String[] scoring(String model, String source, String output) {
    return new String[] {
      "score", set("model=" + path(model)), set("source=" + source), set("output.path=" + output)
    };
  }

  private static String[] sample(String setting) {
    return new String[] {
      "sample",
      set("model=" + path("model")),
      set("output.path=" + path("scored")),
      set("rows=20"),
      set(setting)
    };
  }

  private static String set(String assignment) {
    return "--set=" + assignment;
  }

  private static String path(String name) {
    return folder.resolve(name).toString();
  }

  private static void write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(
        file, content.replace("path: rows.csv", "path: " + folder.resolve("rows.csv")));
  }

  private static String config() throws IOException {
    return Files.readString(folder.resolve("model/config.json"));
  }

  /** A copy of the good model with one file changed or missing. */
  private static Path copyModel(String name, String file, String content) throws IOException {
    Path copy = folder.resolve(name);
    Files.createDirectories(copy);
    for (String part : List.of("config.json", "model.safetensors", "job.yaml")) {
      Files.copy(folder.resolve("model").resolve(part), copy.resolve(part));
    }
    Files.delete(copy.resolve(file));
    if (content != null) {
      Files.writeString(copy.resolve(file), content);
    }
    return copy;
  }

  private record Result(int code, String err) {}

  private static Result run(String... arguments) {
    PrintStream before = System.err;
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int code = Main.run(arguments);
      return new Result(code, err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(before);
    }
  }
}
