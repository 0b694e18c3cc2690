package com.example.mnist;

import io.ebmspark.core.evaluation.Auroc;
import java.awt.image.BufferedImage;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Brings MNIST into tables and inspects the results.
 *
 * <ul>
 *   <li>{@code prepare FOLDER OUTPUT}: the IDX files as {@code OUTPUT/train} and {@code
 *       OUTPUT/test}, tables of an array column {@code pixels} (784 numbers, 0 to 255) and a label;
 *       the test table holds held-out digits, and as many of uniform noise, digits with shuffled
 *       pixels, and digits turned by a quarter, told apart by {@code kind}
 *   <li>{@code grid SAMPLES PNG}: the first 100 rows of a table of samples as a picture
 *   <li>{@code auroc SCORED}: how well energies tell digits from each other kind
 * </ul>
 */
public final class Mnist {
  private static final int SIDE = 28;
  private static final int PIXELS = SIDE * SIDE;
  private static final int HELD_OUT = 2_000;

  private Mnist() {}

  /** Runs one of the tools. */
  public static void main(String[] arguments) throws IOException {
    SparkSession spark = SparkSession.builder().appName("mnist").getOrCreate();
    try {
      switch (arguments[0]) {
        case "prepare" -> prepare(spark, Path.of(arguments[1]), arguments[2]);
        case "grid" -> grid(spark.read().parquet(arguments[1]), new File(arguments[2]));
        case "auroc" -> auroc(spark.read().parquet(arguments[1]));
        default -> throw new IllegalArgumentException("no tool " + arguments[0]);
      }
    } finally {
      spark.stop();
    }
  }

  private static void prepare(SparkSession spark, Path folder, String output) throws IOException {
    List<Row> train = new ArrayList<>();
    for (double[] image : images(folder.resolve("train-images-idx3-ubyte.gz"))) {
      train.add(RowFactory.create(image, "digit"));
    }
    write(spark, train, output + "/train");
    Random random = new Random(0);
    List<Row> test = new ArrayList<>();
    for (double[] image :
        images(folder.resolve("t10k-images-idx3-ubyte.gz")).subList(0, HELD_OUT)) {
      test.add(RowFactory.create(image, "digit"));
      test.add(RowFactory.create(uniform(random), "uniform"));
      test.add(RowFactory.create(shuffled(image, random), "shuffled"));
      test.add(RowFactory.create(turned(image), "rotated"));
    }
    write(spark, test, output + "/test");
  }

  private static void write(SparkSession spark, List<Row> rows, String path) {
    StructType schema =
        new StructType()
            .add("pixels", DataTypes.createArrayType(DataTypes.DoubleType))
            .add("kind", DataTypes.StringType);
    spark.createDataFrame(rows, schema).write().mode(SaveMode.Overwrite).parquet(path);
    System.out.println(rows.size() + " rows in " + path);
  }

  private static List<double[]> images(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new GZIPInputStream(Files.newInputStream(file)))) {
      if (in.readInt() != 0x803) {
        throw new IOException(file + " holds no IDX images");
      }
      int count = in.readInt();
      int height = in.readInt();
      int width = in.readInt();
      if (height != SIDE || width != SIDE) {
        throw new IOException(file + " holds images of " + height + " × " + width + " pixels");
      }
      List<double[]> images = new ArrayList<>(count);
      byte[] pixels = new byte[PIXELS];
      for (int i = 0; i < count; i++) {
        in.readFully(pixels);
        double[] image = new double[PIXELS];
        for (int j = 0; j < PIXELS; j++) {
          image[j] = pixels[j] & 0xFF;
        }
        images.add(image);
      }
      return images;
    }
  }

  private static double[] uniform(Random random) {
    return random.ints(PIXELS, 0, 256).asDoubleStream().toArray();
  }

  private static double[] shuffled(double[] image, Random random) {
    double[] copy = image.clone();
    for (int i = PIXELS - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      double kept = copy[i];
      copy[i] = copy[j];
      copy[j] = kept;
    }
    return copy;
  }

  private static double[] turned(double[] image) {
    double[] copy = new double[PIXELS];
    for (int row = 0; row < SIDE; row++) {
      for (int column = 0; column < SIDE; column++) {
        copy[column * SIDE + SIDE - 1 - row] = image[row * SIDE + column];
      }
    }
    return copy;
  }

  private static void grid(Dataset<Row> samples, File file) throws IOException {
    int across = 10;
    int cell = SIDE + 2;
    BufferedImage picture =
        new BufferedImage(across * cell, across * cell, BufferedImage.TYPE_BYTE_GRAY);
    List<Row> rows = samples.select("pixels").takeAsList(across * across);
    for (int i = 0; i < rows.size(); i++) {
      List<Double> pixels = rows.get(i).getList(0);
      for (int j = 0; j < PIXELS; j++) {
        int grey = (int) Math.max(0, Math.min(255, Math.round(pixels.get(j))));
        picture
            .getRaster()
            .setSample(i % across * cell + j % SIDE + 1, i / across * cell + j / SIDE + 1, 0, grey);
      }
    }
    ImageIO.write(picture, "png", file);
    System.out.println(rows.size() + " samples in " + file);
  }

  private static void auroc(Dataset<Row> scored) {
    float[] digits = energies(scored, "digit");
    for (String kind : List.of("uniform", "shuffled", "rotated")) {
      double area = Auroc.of(digits, energies(scored, kind));
      System.out.printf(Locale.ROOT, "AUROC of digits against %s: %.4f%n", kind, area);
    }
  }

  private static float[] energies(Dataset<Row> scored, String kind) {
    List<Row> rows = scored.where("kind = '" + kind + "'").select("energy").collectAsList();
    float[] energies = new float[rows.size()];
    for (int i = 0; i < energies.length; i++) {
      energies[i] = (float) rows.get(i).getDouble(0);
    }
    return energies;
  }
}
