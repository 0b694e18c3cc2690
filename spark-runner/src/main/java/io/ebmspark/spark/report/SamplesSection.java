package io.ebmspark.spark.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.h3;

import io.ebmspark.spark.record.Histogram;
import io.ebmspark.spark.record.ImageGrid;
import io.ebmspark.spark.record.Landscape;
import io.ebmspark.spark.record.Marginal;
import io.ebmspark.spark.record.Point;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.SamplesRecord;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Drawn rows next to held-out ones: in the plane, by feature, or as images. */
final class SamplesSection {
  private static final double SIDE = 420;

  /** Number of equal areas that contours divide a landscape into. */
  private static final int AREAS = 8;

  /** Points per side of a landscape as drawn, and of its table. */
  private static final int GRID = 64;

  private static final int TABLE = 16;

  private SamplesSection() {}

  static Optional<Section> of(RunRecord run, PageLimits limits) {
    return run.samples()
        .map(samples -> content(samples, limits))
        .filter(content -> !content.isEmpty())
        .map(content -> new Section("samples", "Samples beside data", content));
  }

  private static List<DomContent> content(SamplesRecord samples, PageLimits limits) {
    List<DomContent> content = new ArrayList<>();
    if (!samples.data().isEmpty() || !samples.samples().isEmpty()) {
      content.addAll(plane(samples, limits));
    }
    samples.images().ifPresent(images -> content.addAll(images(images, limits)));
    if (!samples.marginals().isEmpty()) {
      content.addAll(marginals(samples.marginals(), limits));
    }
    return content;
  }

  private static List<DomContent> plane(SamplesRecord samples, PageLimits limits) {
    List<Point> data = Spaced.of(samples.data(), limits.points());
    List<Point> drawn = Spaced.of(samples.samples(), limits.points());
    Optional<Landscape> landscape =
        samples
            .landscape()
            .filter(ground -> ground.columns() > 1)
            .filter(ground -> ground.energies().size() >= 2 * ground.columns())
            .map(ground -> thinned(ground, Math.min(GRID, limits.points() / 4)));
    Axis x = axis(landscape, data, drawn, true);
    Axis y = axis(landscape, data, drawn, false);
    List<DomContent> shapes = new ArrayList<>();
    List<DomContent> after = new ArrayList<>();
    List<DomContent> legend = new ArrayList<>();
    String energies = "";
    if (landscape.isPresent()) {
      Contours contours = new Contours(landscape.get(), x, y);
      List<Double> levels = contours.levels(AREAS);
      levels.forEach(level -> shapes.add(Shape.path("ground", contours.above(level))));
      energies =
          "; each shade covers an eighth of the area, darker for higher energy, with steps at "
              + String.join(", ", levels.stream().map(Numbers::of).toList());
      List<String> titles = new ArrayList<>(List.of(name(samples, 1) + " \\ " + name(samples, 0)));
      titles.addAll(contours.titles(TABLE));
      after.add(Table.behind("energy landscape", titles, contours.table(TABLE)));
    }
    shapes.addAll(new Frame(SIDE, SIDE, x, y).axes(name(samples, 0), landscape.isEmpty()));
    shapes.add(Shape.path("points held", crosses(data, x, y)));
    shapes.add(Shape.path("points drawn", dots(drawn, x, y)));
    legend.add(
        Marks.entry(Shape.sample(Shape.path("points held", "M3 6h6M6 3v6")), "held-out rows"));
    legend.add(Marks.entry(Shape.sample(Shape.path("points drawn", "M6 6h0")), "drawn rows"));
    after.add(points(data, drawn, samples));
    after.add(Table.leftOut(data.size(), samples.data().size(), "held-out points"));
    after.add(Table.leftOut(drawn.size(), samples.samples().size(), "drawn points"));
    String title = name(samples, 1) + " against " + name(samples, 0);
    String hint = "two features" + energies;
    DomContent picture =
        Shape.picture(
            "chart square",
            SIDE,
            SIDE,
            title,
            "Scatter of held-out rows (crosses) and drawn rows (dots)" + energies,
            shapes);
    List<DomContent> content = new ArrayList<>();
    content.add(Marks.figure(title, hint, Marks.legend(legend), picture));
    content.addAll(after);
    return content;
  }

  private static String name(SamplesRecord samples, int feature) {
    return samples.marginals().size() > feature
        ? Words.clip(samples.marginals().get(feature).data().name(), 30)
        : feature == 0 ? "first feature" : "second feature";
  }

  private static Axis axis(
      Optional<Landscape> landscape, List<Point> data, List<Point> drawn, boolean across) {
    double from = across ? Frame.LEFT : SIDE - Frame.BOTTOM;
    double to = across ? SIDE - Frame.RIGHT : Frame.TOP;
    if (landscape.isPresent()) {
      Landscape ground = landscape.get();
      return across
          ? Axis.exactly(ground.left(), ground.right(), from, to)
          : Axis.exactly(ground.bottom(), ground.top(), from, to);
    }
    DoubleStream places =
        Stream.concat(data.stream(), drawn.stream()).mapToDouble(p -> across ? p.x() : p.y());
    return Axis.linear(places, from, to);
  }

  /** Every n-th row and column of a grid that is finer than can be drawn. */
  private static Landscape thinned(Landscape ground, int side) {
    int rows = ground.energies().size() / ground.columns();
    int most = Math.max(2, side);
    if (ground.columns() <= most && rows <= most) {
      return ground;
    }
    int[] columns = Spaced.places(ground.columns(), most);
    List<Double> energies = new ArrayList<>();
    for (int row : Spaced.places(rows, most)) {
      for (int column : columns) {
        energies.add(ground.energies().get(row * ground.columns() + column));
      }
    }
    return new Landscape(
        ground.left(), ground.right(), ground.bottom(), ground.top(), columns.length, energies);
  }

  private static String crosses(List<Point> points, Axis x, Axis y) {
    StringBuilder path = new StringBuilder();
    for (Point point : inside(points, x, y)) {
      path.append('M').append(Shape.number(x.at(point.x()) - 2.5)).append(' ');
      path.append(Shape.number(y.at(point.y()))).append("h5m-2.5-2.5v5");
    }
    return path.toString();
  }

  private static String dots(List<Point> points, Axis x, Axis y) {
    StringBuilder path = new StringBuilder();
    for (Point point : inside(points, x, y)) {
      path.append('M').append(Shape.number(x.at(point.x()))).append(' ');
      path.append(Shape.number(y.at(point.y()))).append("h0");
    }
    return path.toString();
  }

  private static List<Point> inside(List<Point> points, Axis x, Axis y) {
    return points.stream()
        .filter(point -> point.x() >= x.low() && point.x() <= x.high())
        .filter(point -> point.y() >= y.low() && point.y() <= y.high())
        .toList();
  }

  private static DomContent points(List<Point> data, List<Point> drawn, SamplesRecord samples) {
    String first = name(samples, 0);
    String second = name(samples, 1);
    return Table.behind(
        "points",
        List.of(
            "Point",
            "Held-out " + first,
            "Held-out " + second,
            "Drawn " + first,
            "Drawn " + second),
        IntStream.range(0, Math.max(data.size(), drawn.size()))
            .mapToObj(
                i ->
                    Stream.of(Stream.of(Integer.toString(i + 1)), pair(data, i), pair(drawn, i))
                        .flatMap(cells -> cells)
                        .toList())
            .toList());
  }

  private static Stream<String> pair(List<Point> points, int i) {
    return i < points.size()
        ? Stream.of(Numbers.of(points.get(i).x()), Numbers.of(points.get(i).y()))
        : Stream.of("", "");
  }

  private static List<DomContent> marginals(List<Marginal> all, PageLimits limits) {
    List<Marginal> shown =
        all.stream()
            .filter(one -> one.data().counts().size() <= limits.few())
            .filter(one -> one.data().edges().equals(one.samples().edges()))
            .limit(limits.features())
            .toList();
    List<DomContent> charts = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    for (Marginal one : shown) {
      String name = Words.name(one.data().name());
      List<Histogram> sets =
          List.of(
              new Histogram("held-out rows", one.data().edges(), one.data().counts()),
              new Histogram("drawn rows", one.samples().edges(), one.samples().counts()));
      StepChart chart = new StepChart(name, "", sets, List.of("one", "two"), List.of(), 250, 140);
      charts.add(Marks.figure(name, "", chart.svg("chart")));
      rows(name, sets, rows);
    }
    List<DomContent> content = new ArrayList<>();
    content.add(h3("Each feature by itself"));
    content.add(
        Marks.legend(
            List.of(
                Marks.entry(Shape.swatch("one"), "held-out rows"),
                Marks.entry(Shape.swatch("two"), "drawn rows"))));
    content.add(div().withClass("charts fine").with(charts));
    content.add(
        Table.behind(
            "features by bin", List.of("Feature", "From", "Held-out rows", "Drawn rows"), rows));
    content.add(Table.leftOut(shown.size(), all.size(), "features"));
    return content;
  }

  private static void rows(String name, List<Histogram> sets, List<List<String>> rows) {
    for (int bin = 0; bin < sets.get(0).counts().size(); bin++) {
      rows.add(
          List.of(
              bin == 0 ? name : "",
              Numbers.of(sets.get(0).edges().get(bin)),
              Numbers.whole(sets.get(0).counts().get(bin)),
              Numbers.whole(sets.get(1).counts().get(bin))));
    }
  }

  private static List<DomContent> images(ImageGrid images, PageLimits limits) {
    List<DomContent> content = new ArrayList<>();
    List<DomContent> sheets = new ArrayList<>();
    int most = (int) Math.min(64, 2_000L * limits.few() / Math.max(1L, area(images)));
    List<List<Integer>> data = images.data().stream().limit(most).toList();
    List<List<Integer>> drawn = images.samples().stream().limit(most).toList();
    if (!data.isEmpty()) {
      sheets.add(sheet("Held-out rows", images, data));
    }
    if (!drawn.isEmpty()) {
      sheets.add(sheet("Drawn rows", images, drawn));
    }
    content.add(div().withClass("charts").with(sheets));
    content.add(
        Table.behind(
            "grey values of the images, 0 black to 255 white",
            List.of("Image", "Held-out mean", "Held-out span", "Drawn mean", "Drawn span"),
            IntStream.range(0, Math.max(data.size(), drawn.size()))
                .mapToObj(
                    i ->
                        Stream.of(
                                Stream.of(Integer.toString(i + 1)), greys(data, i), greys(drawn, i))
                            .flatMap(cells -> cells)
                            .toList())
                .toList()));
    content.add(
        Table.leftOut(
            (long) data.size() + drawn.size(),
            (long) images.data().size() + images.samples().size(),
            "images"));
    return content;
  }

  private static long area(ImageGrid images) {
    return (long) images.height() * images.width();
  }

  private static Stream<String> greys(List<List<Integer>> images, int i) {
    if (i >= images.size() || images.get(i).isEmpty()) {
      return Stream.of("", "");
    }
    var greys = images.get(i).stream().mapToInt(Integer::intValue).summaryStatistics();
    return Stream.of(Numbers.of(greys.getAverage()), greys.getMin() + " to " + greys.getMax());
  }

  private static DomContent sheet(String title, ImageGrid images, List<List<Integer>> shown) {
    double across = Math.min(GreyImages.ACROSS, shown.size()) * (images.width() + 1) - 1;
    double rows = Math.ceil(shown.size() / (double) GreyImages.ACROSS) * (images.height() + 1) - 1;
    String data = GreyImages.sheet(shown, images.height(), images.width());
    return Marks.figure(
        title,
        shown.size() + " images",
        Shape.picture(
            "chart pixels",
            across,
            rows,
            title,
            shown.size()
                + " grey images of "
                + images.height()
                + " by "
                + images.width()
                + " pixels",
            List.of(Shape.image(0, 0, across, rows, data))));
  }
}
