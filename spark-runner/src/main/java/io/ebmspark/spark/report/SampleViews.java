package io.ebmspark.spark.report;

import io.ebmspark.spark.record.Histogram;
import io.ebmspark.spark.record.ImageGrid;
import io.ebmspark.spark.record.Landscape;
import io.ebmspark.spark.record.Marginal;
import io.ebmspark.spark.record.Point;
import io.ebmspark.spark.record.SamplesRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** What a page shows of drawn rows next to held-out ones. */
public final class SampleViews {
  private static final int FEATURES = 24;
  private static final int BINS = 24;
  private static final int POINTS = PageLimits.FULL.points();
  private static final int GRID = 48;
  private static final int IMAGES = 32;

  private SampleViews() {}

  /**
   * Marginals of single features; in two dimensions also the rows and the energy; images if a row
   * has a height and a width.
   *
   * @param features names, one per column; not used for images
   * @param shape of one row: {@code [d]}, {@code [height, width]} or {@code [channels, height,
   *     width]}
   * @param data held-out rows, packed row-major
   * @param drawn drawn rows, packed likewise and in the same units
   * @param energies computes the energies of rows packed likewise; only called in two dimensions
   */
  public static SamplesRecord of(
      List<String> features,
      long[] shape,
      float[] data,
      float[] drawn,
      UnaryOperator<float[]> energies) {
    if (shape.length > 1) {
      return new SamplesRecord(
          List.of(),
          List.of(),
          List.of(),
          Optional.empty(),
          Optional.of(images(shape, data, drawn)));
    }
    int width = Math.toIntExact(shape[0]);
    List<Marginal> marginals =
        IntStream.range(0, Math.min(width, FEATURES))
            .mapToObj(
                feature ->
                    marginal(
                        features.get(feature),
                        column(data, width, feature),
                        column(drawn, width, feature)))
            .toList();
    boolean plane = width == 2 && data.length + drawn.length > 0;
    return new SamplesRecord(
        marginals,
        plane ? points(data) : List.of(),
        plane ? points(drawn) : List.of(),
        plane ? Optional.of(landscape(data, drawn, energies)) : Optional.empty(),
        Optional.empty());
  }

  private static Marginal marginal(String name, float[] data, float[] drawn) {
    List<Double> edges = Histograms.edges(List.of(data, drawn), BINS);
    Histogram held = Histograms.of(name, edges, data);
    return new Marginal(held, Histograms.of(name, edges, drawn));
  }

  private static float[] column(float[] rows, int width, int feature) {
    float[] column = new float[rows.length / width];
    for (int row = 0; row < column.length; row++) {
      column[row] = rows[row * width + feature];
    }
    return column;
  }

  private static List<Point> points(float[] rows) {
    return Arrays.stream(Spaced.places(rows.length / 2, POINTS))
        .mapToObj(row -> new Point(rows[2 * row], rows[2 * row + 1]))
        .toList();
  }

  /**
   * The energy over the range of all but the most extreme rows, with a margin of a tenth on each
   * side.
   */
  private static Landscape landscape(float[] data, float[] drawn, UnaryOperator<float[]> energies) {
    double[] across = ends(column(data, 2, 0), column(drawn, 2, 0));
    double[] up = ends(column(data, 2, 1), column(drawn, 2, 1));
    float[] grid = new float[2 * GRID * GRID];
    for (int i = 0; i < GRID * GRID; i++) {
      grid[2 * i] = (float) between(across, i % GRID);
      grid[2 * i + 1] = (float) between(up, i / GRID);
    }
    List<Double> values = new ArrayList<>();
    for (float energy : energies.apply(grid)) {
      values.add((double) energy);
    }
    return new Landscape(across[0], across[1], up[0], up[1], GRID, values);
  }

  private static double[] ends(float[] data, float[] drawn) {
    List<Double> edges = Histograms.edges(List.of(data, drawn), 1);
    double room = (edges.get(1) - edges.get(0)) * .1;
    return new double[] {edges.get(0) - room, edges.get(1) + room};
  }

  private static double between(double[] ends, int step) {
    return ends[0] + (ends[1] - ends[0]) * step / (GRID - 1);
  }

  /** Grey levels over the range of the held-out rows; colour channels are averaged. */
  private static ImageGrid images(long[] shape, float[] data, float[] drawn) {
    int height = Math.toIntExact(shape[shape.length - 2]);
    int width = Math.toIntExact(shape[shape.length - 1]);
    int length = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    float[] ends = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    for (float value : data.length > 0 ? data : drawn) {
      if (Float.isFinite(value)) {
        ends[0] = Math.min(ends[0], value);
        ends[1] = Math.max(ends[1], value);
      }
    }
    return new ImageGrid(
        height,
        width,
        images(data, length, height * width, ends),
        images(drawn, length, height * width, ends));
  }

  private static List<List<Integer>> images(float[] rows, int length, int area, float[] ends) {
    return Arrays.stream(Spaced.places(rows.length / length, IMAGES))
        .mapToObj(
            row ->
                IntStream.range(0, area)
                    .mapToObj(pixel -> grey(rows, row * length + pixel, length / area, area, ends))
                    .toList())
        .toList();
  }

  private static int grey(float[] rows, int from, int channels, int area, float[] ends) {
    double sum = 0;
    for (int channel = 0; channel < channels; channel++) {
      sum += rows[from + channel * area];
    }
    double span = ends[1] > ends[0] ? ends[1] - ends[0] : 1;
    return (int) Math.round(Math.max(0, Math.min(255, (sum / channels - ends[0]) / span * 255)));
  }
}
